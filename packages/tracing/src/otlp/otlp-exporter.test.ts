import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, type Collector, reply, startCollector } from '../testing/collector.js';
import { createOtlpClient } from './otlp-client.js';
import { createOtlpExporter, type OtlpExporter, type OtlpRequest } from './otlp-exporter.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

const collector = async (answer: Answer): Promise<Collector> => {
  const started = await startCollector(answer);
  open.push(started);
  return started;
};

interface Settings {
  readonly timeoutMs?: number;
  readonly maxAttempts?: number;
  readonly initialBackoffMs?: number;
  readonly headers?: Record<string, string>;
}

const exporterTo = (endpoint: string, settings: Settings = {}): OtlpExporter => {
  const { timeoutMs = 10_000, headers = {}, maxAttempts = 5, initialBackoffMs = 1 } = settings;
  const client = createOtlpClient({ signal: 'traces', endpoint, headers, timeoutMs });
  const exporter = createOtlpExporter({ client, maxAttempts, initialBackoffMs });
  open.push(exporter);
  return exporter;
};

const BATCH: OtlpRequest = { items: 10, message: [Buffer.from('head-'), Buffer.from('body')] };
const allExported = { exported: 10, failed: 0, errorType: '' };
const allFailed = (errorType: string): object => ({ exported: 0, failed: 10, errorType });

/** Answers with these statuses in turn, the last one for ever. */
const inTurn =
  (...statuses: readonly number[]): Answer =>
  (response, index) =>
    reply(response, statuses[Math.min(index, statuses.length - 1)] as number);

describe('the exporter', () => {
  test('posts head and body as protobuf with the headers that were asked for', async () => {
    const { url, requests } = await collector(inTurn(200));
    const exporter = exporterTo(url, { headers: { authorization: 'Bearer x', 'content-type': 'text/plain' } });
    expect(await exporter.export(BATCH)).toEqual(allExported);
    expect(requests.length).toBe(1);
    expect(requests[0]?.body.toString()).toBe('head-body');
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-length': '9',
      authorization: 'Bearer x',
      'user-agent': expect.stringMatching(/^porthole\/\d/),
    });
  });

  test.each([429, 502, 503, 504])('sends the same batch again after %i', async (status) => {
    const { url, requests } = await collector(inTurn(status, status, 200));
    expect(await exporterTo(url).export(BATCH)).toEqual(allExported);
    expect(requests.map(({ body }) => body.toString())).toEqual(['head-body', 'head-body', 'head-body']);
  });

  test.each([302, 400, 401, 404, 413, 500])('gives up at once after %i', async (status) => {
    const { url, requests } = await collector(inTurn(status));
    expect(await exporterTo(url).export(BATCH)).toEqual(allFailed(String(status)));
    expect(requests.length).toBe(1);
  });

  test('gives up after its attempts, and the next batch may succeed', async () => {
    const { url, requests } = await collector(inTurn(503, 503, 503, 200));
    const exporter = exporterTo(url, { maxAttempts: 3 });
    expect(await exporter.export(BATCH)).toEqual(allFailed('503'));
    expect(requests.length).toBe(3);
    expect(await exporter.export(BATCH)).toEqual(allExported);
  });

  test('waits as long as Retry-After says, also before the batch that comes next', async () => {
    const { url, requests } = await collector((response, index) =>
      index === 0 ? reply(response, 429, { 'retry-after': '1' }) : reply(response, 200),
    );
    const exporter = exporterTo(url, { maxAttempts: 1 });
    expect(await exporter.export(BATCH)).toEqual(allFailed('429'));
    exporter.skipBackoff();
    const next = exporter.export(BATCH);
    exporter.skipBackoff();
    expect(await next).toEqual(allExported);
    // A lower bound, which no slow machine can break: timers are never early by more than a tick.
    expect((requests[1]?.atMs ?? 0) - (requests[0]?.atMs ?? 0)).toBeGreaterThan(990);
  });

  test('can be hurried out of a back-off that is its own', async () => {
    const { url, received } = await collector(inTurn(503, 200));
    const exporter = exporterTo(url, { initialBackoffMs: 3_600_000 });
    const outcome = exporter.export(BATCH);
    await received(1);
    const skipping = setInterval(() => exporter.skipBackoff(), 5);
    expect(await outcome).toEqual(allExported);
    clearInterval(skipping);
  });

  test('counts what a partial success rejects', async () => {
    // partial_success { rejected_spans: 3 }
    const { url } = await collector((response) => reply(response, 200, {}, '\x0a\x02\x08\x03'));
    expect(await exporterTo(url).export(BATCH)).toEqual({ exported: 7, failed: 3, errorType: 'rejected' });
  });

  test('does not believe that more spans were rejected than were sent', async () => {
    const { url } = await collector((response) => reply(response, 200, {}, '\x0a\x03\x08\xff\x7f'));
    expect(await exporterTo(url).export(BATCH)).toEqual({ exported: 0, failed: 10, errorType: 'rejected' });
  });

  test('tells a refused connection, and tries it again', async () => {
    const { url, close } = await startCollector(inTurn(200));
    await close();
    expect(await exporterTo(url, { maxAttempts: 3 }).export(BATCH)).toEqual(allFailed('ECONNREFUSED'));
  });

  test('tells a connection that is cut, and tries it again', async () => {
    const { url, requests } = await collector((response, index, request) =>
      index === 0 ? request.socket.destroy() : reply(response, 200),
    );
    expect(await exporterTo(url).export(BATCH)).toEqual(allExported);
    expect(requests.length).toBe(2);
  });

  test('gives up on a receiver that never answers', async () => {
    const silent = await collector(() => {});
    const exporter = exporterTo(silent.url, { timeoutMs: 500, maxAttempts: 2 });
    expect(await exporter.export(BATCH)).toEqual(allFailed('timeout'));
    expect(silent.requests.length).toBe(2);
    expect(silent.maxOpen).toBe(1);
  });

  test('gives up on a receiver that accepts and never reads or answers', async () => {
    const server = createServer((socket) => socket.pause().on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const { port } = server.address() as { port: number };
    const big: OtlpRequest = { items: 10, message: [Buffer.alloc(8_000_000)] };
    const exporter = exporterTo(`http://127.0.0.1:${port}/`, { timeoutMs: 50, maxAttempts: 1 });
    expect(await exporter.export(big)).toEqual(allFailed('timeout'));
  });

  test('is not held up by an answer that drips: the time is for the whole of it', async () => {
    const drip = (response: ServerResponse): void => {
      const timer = setInterval(() => response.write('x'), 2);
      response.on('close', () => clearInterval(timer));
    };
    const dripHead = await collector((_, __, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      const timer = setInterval(() => socket.write('x'), 2);
      socket.on('close', () => clearInterval(timer));
    });
    const exporter = exporterTo(dripHead.url, { timeoutMs: 40, maxAttempts: 1 });
    expect(await exporter.export(BATCH)).toEqual(allFailed('timeout'));

    const dripFailure = await collector((response) => {
      response.writeHead(400);
      drip(response);
    });
    expect(await exporterTo(dripFailure.url, { timeoutMs: 40 }).export(BATCH)).toEqual(allFailed('400'));

    // Once a receiver has said 200 the spans are its own, whatever becomes of the rest: sent again they would be there
    // twice.
    const dripSuccess = await collector((response) => {
      response.writeHead(200);
      drip(response);
    });
    expect(await exporterTo(dripSuccess.url, { timeoutMs: 40 }).export(BATCH)).toEqual(allExported);
    expect(dripSuccess.requests.length).toBe(1);
  });

  test('reads no more of an answer than it needs', async () => {
    const { url } = await collector((response) => {
      response.writeHead(200);
      const flood = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', flood);
      flood();
    });
    expect(await exporterTo(url).export(BATCH)).toEqual(allExported);
  });

  test('sends nothing from the memory of a batch that is over, though it was answered before it was read', async () => {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    const accepted = once(server, 'connection');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const { port } = server.address() as { port: number };
    const body = Buffer.alloc(32_000_000, 'a');

    const exporter = exporterTo(`http://127.0.0.1:${port}/`, { timeoutMs: 3_600_000 });
    const outcome = await exporter.export({ items: 10, message: [body] });
    expect(outcome).toEqual(allFailed('400'));
    body.fill('b');
    const [socket] = await accepted;
    const closed = once(socket, 'close');
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.resume();
    await closed;
    expect(Buffer.concat(received).includes('b')).toBe(false);
  });

  test('ends what is under way when it is closed, in a request and in a back-off', async () => {
    const silent = await collector(() => {});
    const inRequest = exporterTo(silent.url);
    const first = inRequest.export(BATCH);
    await silent.received(1);
    inRequest.close();
    expect(await first).toEqual(allFailed('closed'));
    expect(await inRequest.export(BATCH)).toEqual(allFailed('closed'));

    const busy = await collector((response) => reply(response, 503, { 'retry-after': '3600' }));
    const inBackOff = exporterTo(busy.url);
    const second = inBackOff.export(BATCH);
    await busy.received(1);
    const closing = setInterval(() => inBackOff.close(), 5);
    expect((await second).failed).toBe(10);
    clearInterval(closing);
    expect(busy.requests.length).toBe(1);
  });

  test('counts headers that Node refuses as a failure', async () => {
    const { url } = await collector(inTurn(200));
    const exporter = exporterTo(url, { headers: { 'x-bad': 'a\nb' }, maxAttempts: 1 });
    expect(await exporter.export(BATCH)).toEqual(allFailed('ERR_INVALID_CHAR'));
  });
});
