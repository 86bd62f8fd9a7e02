import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http2, { type ClientHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { get, type RequestOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  activeRecord,
  internalErrors,
  requestsInFlight,
  traceIdOf,
  unrecordedServers,
  type WorkRecord,
} from '@porthole/core/internal';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { TLS_CLIENT, TLS_SERVER } from '../testing/pre-shared-key.js';
import { type Instrumentation, instrumentInbound } from './inbound.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let instrumentation: Instrumentation;
let records: ObservedRecords;
const clients: ClientHttp2Session[] = [];
const servers: Server[] = [];

beforeEach(() => {
  instrumentation = instrumentInbound();
  records = observeRecords();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
  instrumentation.close();
  records.close();
  expect(internalErrors().size).toBe(0);
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function open(port: number, secure = false): Promise<ClientHttp2Session> {
  const client = http2.connect(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, secure ? TLS_CLIENT : {});
  // Ignores the errors of connections that a test breaks on purpose.
  client.on('error', () => {});
  clients.push(client);
  await once(client, 'connect');
  return client;
}

/** After it, the server has processed everything that was sent before. */
function roundTrip(client: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => client.ping((error) => (error ? reject(error) : resolve())));
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

async function send(client: ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body?: string): Promise<Answer> {
  const stream = client.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  let status: number | undefined;
  stream.on('response', (answer) => {
    status = answer[':status'];
  });
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return { status, body: text };
}

describe.each([
  ['without TLS', false],
  ['with TLS', true],
])('HTTP/2 %s', (_, secure) => {
  test('makes one record of a request to the compatibility API', async () => {
    const handler = (_request: http2.Http2ServerRequest, response: http2.Http2ServerResponse): void => {
      response.writeHead(201, { 'content-length': '2' });
      response.end('ok');
    };
    const server = secure ? http2.createSecureServer(TLS_SERVER, handler) : http2.createServer(handler);
    const client = await open(await listen(server), secure);
    const headers = { ':path': '/orders/7?token=secret', ':method': 'POST', traceparent: TRACEPARENT };

    const answer = await send(client, { ...headers, 'user-agent': 'test/1', baggage: 'a=1' }, 'body');

    expect(answer).toEqual({ status: 201, body: 'ok' });
    const [record] = await records.count(1);
    expect(record).toMatchObject({
      kind: 'server',
      method: 'POST',
      path: '/orders/7',
      scheme: secure ? 'https' : 'http',
      protocolVersion: '2',
      status: 201,
      responseBodyBytes: 2,
      clientAddress: '127.0.0.1',
      userAgent: 'test/1',
      baggage: 'a=1',
      aborted: false,
      errorType: '',
    });
    expect(traceIdOf(record as WorkRecord)).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  test('makes one record of a request to the stream API', async () => {
    const server = secure ? http2.createSecureServer(TLS_SERVER) : http2.createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond({ ':status': 503 });
      stream.end('later');
    });
    const client = await open(await listen(server), secure);
    expect(await send(client, { ':path': '/x' })).toEqual({ status: 503, body: 'later' });
    const [record] = await records.count(1);
    expect(record).toMatchObject({ method: 'GET', path: '/x', status: 503, errorType: '503', aborted: false });
    expect(records.ended).toHaveLength(1);
  });
});

describe('HTTP/2', () => {
  test('does not change HTTP/1.1 on a server of both protocols', async () => {
    const server = http2.createSecureServer({ ...TLS_SERVER, allowHTTP1: true }, (_request, response) =>
      response.end(),
    );
    const port = await listen(server);
    await send(await open(port, true), { ':path': '/two' });
    const request = get({ ...TLS_CLIENT, host: '127.0.0.1', port, path: '/one', agent: false } as RequestOptions);
    const [response] = await once(request, 'response');
    response.resume();
    const all = await records.count(2);
    expect(all.map(({ path, protocolVersion, scheme }) => [path, protocolVersion, scheme])).toEqual([
      ['/two', '2', 'https'],
      ['/one', '1.1', 'https'],
    ]);
  });

  test('keeps the record active in every event of its stream, beside other streams', async () => {
    const wrong: string[] = [];
    const seen = new Map<string, Set<string>>();
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      const path = headers[':path'] as string;
      const note = (event: string): void => {
        if (activeRecord()?.path !== path) wrong.push(`${path} ${event}: ${activeRecord()?.path}`);
        seen.set(path, (seen.get(path) ?? new Set()).add(event));
      };
      note('stream');
      for (const event of ['data', 'finish', 'close']) stream.on(event, () => note(event));
      stream.on('end', async () => {
        note('end');
        await nextTurn();
        note('after an await');
        stream.respond({ ':status': 200 });
        stream.end();
      });
    });
    const client = await open(await listen(server));
    const streams = Array.from({ length: 10 }, (_, i) =>
      client.request({ ':path': `/${i}`, ':method': 'POST' }).resume(),
    );
    for (const part of ['a', 'b']) {
      for (const stream of streams) stream.write(part);
      // The chunks come in separate frames.
      await roundTrip(client);
    }
    for (const stream of streams) stream.end();
    await records.count(10);
    await Promise.all(streams.map((stream) => stream.closed || once(stream, 'close')));
    await nextTurn();

    expect(wrong).toEqual([]);
    const all = ['after an await', 'close', 'data', 'end', 'finish', 'stream'];
    expect([...seen.values()].map((events) => [...events].sort())).toEqual(Array.from({ length: 10 }, () => all));
  });

  test('reports a cancellation by the client as aborted, before and after the head of the response', async () => {
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      if (headers[':path'] === '/begun') {
        stream.respond({ ':status': 200 });
        stream.write('part');
      }
    });
    const client = await open(await listen(server));
    const silent = client.request({ ':path': '/silent' });
    silent.on('error', () => {});
    await roundTrip(client);
    silent.close(http2.constants.NGHTTP2_CANCEL);
    expect(await records.of('/silent')).toMatchObject({ aborted: true, status: 0, errorType: 'aborted' });

    const begun = client.request({ ':path': '/begun' });
    begun.on('error', () => {});
    await once(begun, 'data');
    begun.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    expect(await records.of('/begun')).toMatchObject({
      aborted: true,
      status: 200,
      errorType: 'aborted',
      error: undefined,
    });
  });

  test('ends all streams of a connection that dies', async () => {
    const server = http2.createServer(() => {});
    const client = await open(await listen(server));
    for (let i = 0; i < 20; i++) client.request({ ':path': `/${i}` }).on('error', () => {});
    await roundTrip(client);
    expect(requestsInFlight().size).toBe(20);
    client.destroy();
    const all = await records.count(20);
    expect(all.every(({ aborted, status }) => aborted && status === 0)).toBe(true);
    expect(requestsInFlight().size).toBe(0);
  });

  test('ends streams that are reset at once', async () => {
    const server = http2.createServer((_request, response) => response.end('x'));
    const client = await open(await listen(server));
    for (let i = 0; i < 50; i++) {
      const stream = client.request({ ':path': `/${i}` });
      stream.on('error', () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    await send(client, { ':path': '/last' });
    await records.of('/last');
    await nextTurn();
    expect(requestsInFlight().size).toBe(0);
  });

  test('reports the error that the application ends a stream with', async () => {
    const server = http2.createServer((request, response) => {
      if (request.url === '/thrown') response.stream.destroy(new RangeError('too much'));
      else response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    });
    server.on('stream', (stream) => stream.on('error', () => {}));
    const client = await open(await listen(server));
    await send(client, { ':path': '/thrown' }).catch(() => {});
    await send(client, { ':path': '/closed' }).catch(() => {});
    expect(await records.of('/thrown')).toMatchObject({ aborted: false, errorType: 'RangeError' });
    expect(await records.of('/closed')).toMatchObject({ aborted: false, error: { code: 'ERR_HTTP2_STREAM_ERROR' } });
  });

  test('records responses from files, without a body, and without a path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'porthole-http2-'));
    const file = join(folder, 'answer');
    writeFileSync(file, 'x'.repeat(100_000));
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      if (headers[':path'] === '/file') stream.respondWithFile(file, { 'content-length': 100_000 });
      else stream.respond({ ':status': 204 }, { endStream: true });
    });
    const client = await open(await listen(server));
    expect((await send(client, { ':path': '/file' })).body).toHaveLength(100_000);
    await send(client, { ':path': '/head', ':method': 'HEAD' });
    await send(client, { ':method': 'CONNECT', ':authority': 'a.example:443' }, '');
    rmSync(folder, { recursive: true });

    expect(
      (await records.count(3)).map((record) => [record.method, record.path, record.status, record.aborted]),
    ).toEqual([
      ['GET', '/file', 200, false],
      ['HEAD', '/head', 204, false],
      ['CONNECT', '', 204, false],
    ]);
    expect(records.ended[0]?.responseBodyBytes).toBe(100_000);
  });

  test('leaves out unrecorded servers, and removes its listeners', async () => {
    const answer = (_request: unknown, response: http2.Http2ServerResponse): void => void response.end();
    const hidden = http2.createServer(answer);
    const shown = http2.createServer(answer);
    unrecordedServers.add(hidden);
    await send(await open(await listen(hidden)), { ':path': '/hidden' });
    await send(await open(await listen(shown)), { ':path': '/shown' });
    await records.of('/shown');
    expect(records.ended.map(({ path }) => path)).toEqual(['/shown']);
    instrumentation.close();
    const events = ['stream', 'close', 'removeListener'];
    expect(events.map((event) => shown.listenerCount(event))).toEqual(
      events.map((event) => hidden.listenerCount(event)),
    );
  });

  test('records the requests of a server that was listening before, even on its first connection', async () => {
    instrumentation.close();
    const port = await listen(http2.createServer((_request, response) => response.end()));
    instrumentation = instrumentInbound();
    await send(await open(port), { ':path': '/first' });
    expect(await records.of('/first')).toMatchObject({ status: 200 });
  });

  test('serves any method, path and headers as without Porthole', async () => {
    const port = await listen(
      http2.createServer((request, response) => response.end(`${request.method} ${request.url}`)),
    );
    const text = (characters: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: characters.map((code) => String.fromCharCode(code)), maxLength });
    // Node's own client sends only these and rejects the rest.
    const value = text(
      fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f),
      300,
    );
    // nghttp2 rejects a path without a slash on the server's side.
    const path = value.map((rest) => `/${rest}`);
    const token = text(fc.constantFrom(...Buffer.from("AZaz09!#$%&'*+-.^_`|~")), 60);
    const attempt = async (headers: http2.OutgoingHttpHeaders): Promise<unknown> => {
      const client = await open(port);
      try {
        return await send(client, headers);
      } catch (error) {
        return (error as Error).message;
      } finally {
        client.destroy();
      }
    };
    await fc.assert(
      fc.asyncProperty(token, fc.oneof(path, value), value, value, async (method, path, traceparent, tracestate) => {
        const headers = { ':method': method, ':path': path, traceparent, tracestate, baggage: tracestate };
        const watched = await attempt(headers);
        instrumentation.close();
        const unwatched = await attempt(headers);
        instrumentation = instrumentInbound();
        expect(watched).toEqual(unwatched);
        expect(requestsInFlight().size).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(records.ended.length).toBeGreaterThan(10);
    expect(records.ended.every(({ method, path }) => method.length <= 32 && !path.includes('?'))).toBe(true);
  });
});
