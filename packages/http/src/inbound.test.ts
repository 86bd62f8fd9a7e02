import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { activeRecord, addObserver, traceIdOf, unrecordedServers, type WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Watch, watchInbound } from './inbound.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let watch: Watch;
let unobserve: () => void;
let ended: WorkRecord[];
let onEnd: (() => void) | undefined;
const servers: http.Server[] = [];

beforeEach(() => {
  ended = [];
  watch = watchInbound();
  unobserve = addObserver({
    component: 'test',
    end: (record) => {
      ended.push(record);
      onEnd?.();
    },
  });
});

afterEach(() => {
  watch.close();
  unobserve();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handler: http.RequestListener): Promise<{ server: http.Server; port: number }> {
  const server = http.createServer(handler);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Resolves once `count` records have ended. */
function records(count: number): Promise<readonly WorkRecord[]> {
  return new Promise((resolve) => {
    onEnd = () => {
      if (ended.length >= count) resolve(ended);
    };
    onEnd();
  });
}

describe('watchInbound', () => {
  test('makes one record of a request, with what the headers and the answer say', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(201, { 'content-length': '2' });
      response.end('ok');
    });

    await fetch(`http://127.0.0.1:${port}/orders/7?token=secret`, {
      method: 'POST',
      body: 'x',
      headers: { traceparent: TRACEPARENT, 'user-agent': 'test/1' },
    });

    const [record] = await records(1);
    expect(record).toMatchObject({
      kind: 'server',
      method: 'POST',
      path: '/orders/7',
      scheme: 'http',
      protocolVersion: '1.1',
      status: 201,
      responseBodyBytes: 2,
      clientAddress: '127.0.0.1',
      userAgent: 'test/1',
      aborted: false,
      errorType: '',
    });
    expect(traceIdOf(record as WorkRecord)).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  test('keeps the record active through awaits and timers, also with pipelined requests on one connection', async () => {
    const seen: string[] = [];
    const { port } = await serve(async (request, response) => {
      const before = activeRecord();
      await nextTurn();
      setTimeout(() => {
        if (activeRecord() === before && activeRecord()?.path === request.url) seen.push(request.url as string);
        response.end();
      }, 1);
    });

    const socket = connect(port, '127.0.0.1');
    const paths = Array.from({ length: 20 }, (_, i) => `/p/${i}`);
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    await records(20);
    socket.destroy();

    expect(seen.sort()).toEqual([...paths].sort());
  });

  test('ends the record of a request whose client goes away, as aborted and without a status', async () => {
    const { port } = await serve(() => {});
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', () => socket.destroy());

    const [record] = await records(1);
    expect(record).toMatchObject({ path: '/slow', aborted: true, status: 0 });
  });

  test('calls an answer of the server-error range by its status', async () => {
    const { port } = await serve((_request, response) => {
      response.statusCode = 503;
      response.end();
    });
    await fetch(`http://127.0.0.1:${port}/`);
    const [record] = await records(1);
    expect(record?.errorType).toBe('503');
  });

  test('leaves out servers that are marked as not to be recorded', async () => {
    const hidden = await serve((_request, response) => void response.end());
    const shown = await serve((_request, response) => void response.end());
    unrecordedServers.add(hidden.server);
    await fetch(`http://127.0.0.1:${hidden.port}/hidden`);
    await fetch(`http://127.0.0.1:${shown.port}/shown`);
    const all = await records(1);
    expect(all.map(({ path }) => path)).toEqual(['/shown']);
  });

  test('takes the path out of the targets that HTTP allows', async () => {
    const { port } = await serve((_request, response) => void response.end());
    for (const target of ['http://a.example/x?y=1', 'http://a.example', '/?q', '*']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`OPTIONS ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
      await once(socket.resume(), 'close');
    }
    expect((await records(4)).map(({ path }) => path)).toEqual(['/x', '/', '/', '*']);
  });

  test('passes on baggage that comes without a traceparent, several headers as one list', async () => {
    const { port } = await serve((_request, response) => void response.end());
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nBaggage: a=1\r\nbaggage: b=2\r\nConnection: close\r\n\r\n');
    await once(socket.resume(), 'close');
    const [record] = await records(1);
    expect(record).toMatchObject({ isRoot: true, baggage: 'a=1,b=2' });
  });

  test('starts a new trace where traceparent is not valid or sent twice', async () => {
    const { port } = await serve((_request, response) => void response.end());
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET / HTTP/1.1\r\nHost: a\r\nTraceparent: ${TRACEPARENT}\r\ntraceparent: ${TRACEPARENT}\r\nConnection: close\r\n\r\n`,
    );
    await once(socket.resume(), 'close');
    const [record] = await records(1);
    expect(record?.isRoot).toBe(true);
  });

  test('serves a request with any header value as if it were not watched', async () => {
    const { port } = await serve((_request, response) => void response.end('served'));
    // All that a client may send: visible characters, DEL apart, which Node's own client refuses to send.
    const unit = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f);
    const value = fc.string({ unit: unit.map((code) => String.fromCharCode(code)), maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(value, value, value, async (traceparent, tracestate, baggage) => {
        const request = http.get({
          port,
          host: '127.0.0.1',
          headers: { traceparent, tracestate, baggage },
          agent: false,
        });
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        expect(response.statusCode).toBe(200);
        response.resume();
        await once(response, 'end');
      }),
      { numRuns: 50 },
    );
  });
});
