import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Connections, instrumentConnections, SILENCE_MS } from './connections.js';

// More than the buffers of both sockets.
const LARGE_BYTES = 32 * 1024 * 1024;

let connections: Connections;
let server: http.Server;
let port: number;
let answer: () => void;

beforeEach(async () => {
  connections = instrumentConnections();
  server = http.createServer((request, response) => {
    if (request.url === '/slow') answer = () => void response.end('late');
    else if (request.url === '/large') response.end(Buffer.alloc(LARGE_BYTES, 'x'));
    else if (request.url === '/stream') {
      response.write('begun ');
      answer = () => void response.end('ended');
    } else response.end('at once');
    server.emit('handled');
  });
  // Never: a wait for the end of an idle connection would hang.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  connections.close();
  server.closeAllConnections();
  server.close();
});

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
  return socket;
}

async function text(socket: Socket): Promise<string> {
  let received = '';
  for await (const chunk of socket) received += chunk;
  return received;
}

describe('drain', () => {
  test('closes connections that never sent a request and those between two requests', async () => {
    const silent = await open();
    const idle = await open();
    idle.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(idle, 'data');
    connections.drain();
    await Promise.all([once(silent.resume(), 'close'), once(idle.resume(), 'close')]);
    server.close();
    await once(server, 'close');
    expect(server.listening).toBe(false);
  });

  test('completes a request in flight with Connection: close', async () => {
    const busy = await open();
    busy.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'handled');
    connections.drain();
    answer();
    const received = await text(busy);
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
    expect(received).toContain('late');
  });

  test('waits for the requests in flight, until the signal aborts', async () => {
    const busy = await open();
    busy.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'handled');
    const limit = new AbortController();
    const limited = connections.drain(limit.signal);
    const order: string[] = [];
    const drained = connections.drain().then(() => order.push('drained'));
    limit.abort();
    await limited;
    order.push('limited');
    answer();
    await text(busy);
    await drained;
    expect(order).toEqual(['limited', 'drained']);
  });

  test('delivers a written response to a client that reads it late', async () => {
    const late = await open();
    late.pause().write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'handled');
    connections.drain();
    let bytes = 0;
    for await (const chunk of late) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(LARGE_BYTES);
  });

  test('closes a connection after the end of a response that had begun', async () => {
    const busy = await open();
    busy.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(busy, 'data');
    connections.drain();
    answer();
    expect(await text(busy)).toContain('ended');
  });

  test('answers a request that waits behind a response that had begun, and then closes', async () => {
    const busy = await open();
    busy.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(busy, 'data');
    const handled = once(server, 'handled');
    busy.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await handled;
    connections.drain();
    answer();
    expect(await text(busy)).toMatch(/ended[\s\S]*at once$/);
  });

  test('does not let a later silent connection delay the end of the server', async () => {
    await connections.drain();
    const silent = await open();
    const speaking = await open();
    speaking.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'handled');
    const ended = once(server, 'close');
    server.close();
    await once(silent.resume(), 'close');
    answer();
    expect(await text(speaking)).toContain('late');
    await ended;
  });

  test('keeps a silent connection from another server', async () => {
    const inner = http.createServer((_request, response) => response.end('at last'));
    const front = createServer((socket) => inner.emit('connection', socket)).listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port: frontPort } = front.address() as AddressInfo;
    // The inner server is known from its first request on.
    expect(await text(connect(frontPort, '127.0.0.1').end('GET / HTTP/1.0\r\n\r\n'))).toContain('at last');
    await connections.drain();
    const silent = connect(frontPort, '127.0.0.1');
    await once(inner, 'connection');
    await sleep(SILENCE_MS * 2.5);
    silent.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await text(silent)).toContain('at last');
    front.close();
  });

  test('keeps a silent connection while its server listens', async () => {
    await connections.drain();
    const silent = await open();
    await sleep(SILENCE_MS * 2.5);
    silent.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await text(silent)).toContain('at once');
  });

  test('answers later requests, and closes after each', async () => {
    connections.drain();
    const late = await open();
    late.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const received = await text(late);
    expect(received).toContain('at once');
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
  });
});
