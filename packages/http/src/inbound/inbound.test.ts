import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  activeRecord,
  addObserver,
  internalErrors,
  requestsInFlight,
  traceIdOf,
  unrecordedServers,
  type WorkRecord,
} from '@porthole/core/internal';
import express from 'express';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { type InboundInstrumentation, instrumentInbound } from './inbound.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let instrumentation: InboundInstrumentation;
let records: ObservedRecords;
const servers: http.Server[] = [];

beforeEach(() => {
  instrumentation = instrumentInbound();
  records = observeRecords();
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  instrumentation.close();
  records.close();
  expect(internalErrors().size).toBe(0);
});

async function serve(handler: http.RequestListener): Promise<{ server: http.Server; port: number }> {
  const server = http.createServer(handler);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('instrumentInbound', () => {
  test('makes one record of a request, with data of its headers and its response', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(201, { 'content-length': '2' });
      response.end('ok');
    });

    await fetch(`http://127.0.0.1:${port}/orders/7?token=secret`, {
      method: 'POST',
      body: 'x',
      headers: { traceparent: TRACEPARENT, 'user-agent': 'test/1' },
    });

    const [record] = await records.count(1);
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

  test('keeps the record active through awaits and timers, even with pipelined requests', async () => {
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
    await records.count(20);
    socket.destroy();

    expect(seen.sort()).toEqual([...paths].sort());
  });

  test('ends a request whose client goes away as aborted, without a status', async () => {
    const { port } = await serve(() => {});
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', () => socket.destroy());

    const [record] = await records.count(1);
    expect(record).toMatchObject({ path: '/slow', aborted: true, status: 0, errorType: 'aborted' });
  });

  test('reports the status of a server error as the error type', async () => {
    const { port } = await serve((_request, response) => {
      response.statusCode = 503;
      response.end();
    });
    await fetch(`http://127.0.0.1:${port}/`);
    const [record] = await records.count(1);
    expect(record?.errorType).toBe('503');
  });

  test('leaves out unrecorded servers', async () => {
    const hidden = await serve((_request, response) => void response.end());
    const shown = await serve((_request, response) => void response.end());
    unrecordedServers.add(hidden.server);
    await fetch(`http://127.0.0.1:${hidden.port}/hidden`);
    await fetch(`http://127.0.0.1:${shown.port}/shown`);
    const all = await records.count(1);
    expect(all.map(({ path }) => path)).toEqual(['/shown']);
  });

  test('reads the path of every form of request target', async () => {
    const { port } = await serve((_request, response) => void response.end());
    for (const target of ['http://a.example/x?y=1', 'http://a.example', '/?q', '*']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`OPTIONS ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
      await once(socket.resume(), 'close');
    }
    expect((await records.count(4)).map(({ path }) => path)).toEqual(['/x', '/', '/', '*']);
  });

  test('passes on baggage that comes without a traceparent, with several headers as one list', async () => {
    const { port } = await serve((_request, response) => void response.end());
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nBaggage: a=1\r\nbaggage: b=2\r\nConnection: close\r\n\r\n');
    await once(socket.resume(), 'close');
    const [record] = await records.count(1);
    expect(record).toMatchObject({ isRoot: true, baggage: 'a=1,b=2' });
  });

  test('starts a new trace if traceparent is not valid or sent twice', async () => {
    const { port } = await serve((_request, response) => void response.end());
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET / HTTP/1.1\r\nHost: a\r\nTraceparent: ${TRACEPARENT}\r\ntraceparent: ${TRACEPARENT}\r\nConnection: close\r\n\r\n`,
    );
    await once(socket.resume(), 'close');
    const [record] = await records.count(1);
    expect(record?.isRoot).toBe(true);
  });

  test('serves a request with any header value as without Porthole', async () => {
    const { port } = await serve((_request, response) => void response.end('served'));
    // All characters that a client may send: visible ones. DEL is left out, since Node's own client rejects it.
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

  test('ends the records of pipelined requests whose connection dies before their turn', async () => {
    const { port, server } = await serve((request, response) => {
      if (request.url !== '/first') response.end('ready, but never sent');
      // Once the body is read, the request emits nothing more about the connection.
      request.resume();
      if (request.url === '/3') server.emit('all');
    });
    const socket = await open(port);
    const all = once(server, 'all');
    socket.write(['/first', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    await all;
    socket.destroy();
    const ended = await records.count(3);
    expect(ended.map(({ path, status, aborted }) => [path, status, aborted]).sort()).toEqual([
      ['/2', 0, true],
      ['/3', 0, true],
      ['/first', 0, true],
    ]);
  });

  test('pipelines many requests on one connection without a warning about listeners', async () => {
    const { port } = await serve((_request, response) => void setImmediate(() => response.end()));
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const socket = await open(port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50));
    const ended = await records.count(50);
    socket.destroy();
    await nextTurn();
    process.off('warning', onWarning);
    expect(ended.every(({ status, aborted }) => status === 200 && !aborted)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('keeps an unanswered request in flight until its connection dies', async () => {
    const { port, server } = await serve(() => void server.emit('asked'));
    const socket = await open(port);
    const asked = once(server, 'asked');
    socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    await asked;
    expect([...requestsInFlight()]).toMatchObject([{ path: '/never', endMs: 0 }]);
    socket.resetAndDestroy();
    expect(await records.of('/never')).toMatchObject({ aborted: true, status: 0 });
    expect(requestsInFlight().size).toBe(0);
  });

  test('ends the requests in flight at close, once', async () => {
    let answer: () => void = () => {};
    const { port, server } = await serve((_request, response) => {
      answer = () => void response.end('late');
      server.emit('asked');
    });
    const socket = await open(port);
    const asked = once(server, 'asked');
    socket.write('GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await asked;
    instrumentation.close();
    expect(records.ended).toMatchObject([{ path: '/late', aborted: true, status: 0, errorType: 'aborted' }]);
    answer();
    let received = '';
    for await (const chunk of socket) received += chunk;
    expect(received).toMatch(/^HTTP\/1\.1 200 [\s\S]*late$/);
    expect(records.ended).toMatchObject([{ status: 0 }]);
  });

  test('abortInFlight ends the requests in flight with the status sent so far, and recording goes on', async () => {
    const app = express();
    app.get('/events/:id', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    const { port } = await serve(app as unknown as http.RequestListener);
    const socket = await open(port);
    socket.write('GET /events/7 HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    instrumentation.abortInFlight();
    instrumentation.abortInFlight();
    const aborted = { path: '/events/7', route: '/events/:id', aborted: true, status: 200, errorType: 'aborted' };
    expect(records.ended).toMatchObject([aborted]);
    socket.destroy();
    const next = await open(port);
    next.write('GET /events/8 HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(next, 'data');
    next.destroy();
    expect(await records.of('/events/8')).toMatchObject({ aborted: true });
    expect(records.ended).toHaveLength(2);
  });

  test('abortInFlight ends the requests in flight in a listener of exit', async () => {
    const program = `
      const { addObserver } = require('@porthole/core/internal');
      const { instrumentInbound } = require('@porthole/http');
      addObserver({ component: 'test', end: ({ path, status, aborted }) => console.log(path, status, aborted) });
      const instrumentation = instrumentInbound();
      process.on('exit', () => instrumentation.abortInFlight());
      const server = require('node:http').createServer((request, response) => {
        if (request.url === '/exit') process.exit(3);
        response.write('part');
        require('node:http').get({ port: server.address().port, path: '/exit' });
      }).listen(0, '127.0.0.1', () => require('node:http').get({ port: server.address().port, path: '/open' }));
    `;
    const child = spawn(process.execPath, ['-e', program], { cwd: import.meta.dirname });
    let output = '';
    child.stdout.on('data', (part) => {
      output += part;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    expect(output.trim().split('\n').sort()).toEqual(['/exit 0 true', '/open 200 true']);
  });

  test('frees 10,000 requests whose clients went away', async () => {
    const { port, server } = await serve(() => void server.emit('asked'));
    let asked = 0;
    let enough: () => void = () => {};
    server.on('asked', () => {
      asked++;
      if (asked % 100 === 0) enough();
    });
    const seen: WeakRef<WorkRecord>[] = [];
    const unobserve = addObserver({
      component: 'test',
      start: (one) => void seen.push(new WeakRef(one)),
      end: () => {},
    });
    records.close();
    for (let round = 0; round < 100; round++) {
      const all = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const open = Array.from({ length: 100 }, () => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write('GET /gone HTTP/1.1\r\nHost: a\r\n\r\n');
        return socket;
      });
      await all;
      for (const socket of open) socket.destroy();
      while (requestsInFlight().size > 0) await nextTurn();
    }
    unobserve();
    expect(seen).toHaveLength(10_000);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await nextTurn();
    collect();
    await nextTurn();
    collect();
    expect(seen.filter((one) => one.deref() !== undefined).length).toBeLessThan(200);
  });

  test('keeps the record active in the events of a body that comes in chunks', async () => {
    const wrong: string[] = [];
    const { port, server } = await serve((request, response) => {
      const note = (event: string): void => {
        if (activeRecord()?.path !== request.url) wrong.push(`${request.url} ${event}: ${activeRecord()?.path}`);
      };
      request.on('data', () => {
        note('data');
        server.emit('part');
      });
      request.on('end', async () => {
        note('end');
        await nextTurn();
        note('after an await');
        response.end();
      });
      response.on('finish', () => note('finish'));
    });
    const socket = await open(port);
    for (const path of ['/1', '/2', '/3']) {
      const first = once(server, 'part');
      socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`);
      socket.write('2\r\nab\r\n');
      await first;
      const second = once(server, 'part');
      socket.write('2\r\ncd\r\n');
      await second;
      socket.write('0\r\n\r\n');
      await records.of(path);
    }
    socket.write('GET /4 HTTP/1.1\r\nHost: a\r\n\r\n');
    await records.of('/4');
    socket.destroy();
    expect(wrong).toEqual([]);
  });

  test('runs clientError listeners outside the last request, and inside the one that breaks', async () => {
    const { port, server } = await serve((request, response) => {
      if (request.url === '/done') response.end();
      else request.resume();
    });
    const seen: (string | undefined)[] = [];
    server.on('clientError', (_error, socket) => {
      seen.push(activeRecord()?.path);
      socket.destroy();
    });
    const first = await open(port);
    first.write('GET /done HTTP/1.1\r\nHost: a\r\n\r\n');
    await records.of('/done');
    first.write('garbage\r\n\r\n');
    await once(first.resume(), 'close');
    const second = await open(port);
    second.write('POST /broken HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    second.write('no length\r\n');
    await once(second.resume(), 'close');
    expect(seen).toEqual([undefined, '/broken']);
    expect(await records.of('/broken')).toMatchObject({ aborted: true });
  });

  test('reports the error with which the application cuts a response off', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(200);
      const source = new Readable({ read() {} });
      source.push('part');
      pipeline(source, response, () => {});
      setImmediate(() => source.destroy(new RangeError('the disk is gone')));
    });
    const socket = await open(port);
    socket.write('GET /cut HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket.resume(), 'close');
    expect(await records.of('/cut')).toMatchObject({ aborted: false, status: 200, errorType: 'RangeError' });
  });
});
