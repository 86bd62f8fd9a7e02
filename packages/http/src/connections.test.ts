import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Connections, watchConnections } from './connections.js';

let connections: Connections;
let server: http.Server;
let port: number;
let answer: () => void;

beforeEach(async () => {
  connections = watchConnections();
  server = http.createServer((request, response) => {
    if (request.url === '/slow') answer = () => void response.end('late');
    else response.end('at once');
    server.emit('handled');
  });
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

  test('lets a request in flight have its answer, which says that the connection closes', async () => {
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

  test('answers requests that still come in, and closes after each', async () => {
    connections.drain();
    const late = await open();
    late.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const received = await text(late);
    expect(received).toContain('at once');
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
  });
});
