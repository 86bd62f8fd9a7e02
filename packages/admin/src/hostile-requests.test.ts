import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHealth } from '@porthole/health';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdminServer } from './admin-server.js';
import { send } from './testing/http-request.js';
import { sendRaw } from './testing/raw-request.js';

const host = '127.0.0.1';
const admin = createAdminServer({
  port: 0,
  host,
  health: createHealth(),
  metrics: { contentType: 'text/plain', exposition: async () => 'up 1\n' },
});
let port: number;
beforeAll(async () => {
  ({ port } = await admin.listen());
});
afterAll(() => admin.close());

const statusLine = (answer: string): string => answer.slice(0, answer.indexOf('\r\n'));

/** A second request in the same bytes: an answer to it would mean that the connection lives on. */
const NEXT = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a request that no probe or scraper sends is refused and its connection closed', () => {
  test.each([
    ['two Host headers', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['no Host header', 'GET /livez HTTP/1.1\r\n\r\n', 400],
    ['both lengths', 'GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['two lengths', 'GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n', 400],
    ['an unknown coding', 'GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n', 400],
    ['a body of known length', 'GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345', 413],
    ['a chunked body', 'GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 413],
    [
      'a body it waits to send',
      'GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
      413,
    ],
    ['HTTP/2.0', 'GET /livez HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['HTTP/0.9', 'GET /livez\r\nHost: a\r\n\r\n', 505],
    ['HTTP/1.2', 'GET /livez HTTP/1.2\r\nHost: a\r\n\r\n', 400],
    ['a bare LF', 'GET /livez HTTP/1.1\nHost: a\n\n', 400],
    ['a bare LF at the end', 'GET /livez HTTP/1.1\r\nHost: a\r\n\n', 400],
    ['a bare CR', 'GET /livez HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n', 400],
    ['a folded header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
    ['a space before the colon', 'GET /livez HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a POST', 'POST /livez HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['an OPTIONS of the server', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['an OPTIONS', 'OPTIONS /metrics HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['a web page', 'GET /metrics HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n', 403],
    ['a sandboxed web page', 'GET /metrics HTTP/1.1\r\nHost: a\r\nOrigin: null\r\n\r\n', 403],
    ['an empty Origin', 'GET /metrics HTTP/1.1\r\nHost: a\r\nOrigin:\r\n\r\n', 403],
    ['too much of a header', `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`, 431],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', 400],
  ])('%s', async (_name, bytes, status) => {
    const answer = await sendRaw({ host, port }, bytes);
    expect(statusLine(answer)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).not.toMatch(/access-control-/i);
    expect(await sendRaw({ host, port }, bytes + NEXT)).not.toContain('up 1');
  });

  test('a CONNECT gets no answer', async () => {
    expect(await sendRaw({ host, port }, 'CONNECT db:5432 HTTP/1.1\r\nHost: db\r\n\r\n')).toBe('');
  });
});

test('a refused method is told which are allowed', async () => {
  expect((await send({ host, port, path: '/livez', method: 'DELETE' })).headers.allow).toBe('GET, HEAD');
});

test('whatever bytes come, the server goes on answering', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), async (text) => {
      const socket = connect(port, host);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.end(`GET /livez HTTP/1.1\r\n${text}\r\n\r\n`);
      socket.resume();
      await once(socket, 'close');
      expect((await send({ host, port, path: '/livez' })).status).toBe(200);
    }),
    { numRuns: 50 },
  );
});

test('connections that say nothing do not shut out the kubelet', async () => {
  const silent: Socket[] = [];
  for (let i = 0; i < 1300; i++) {
    const socket = connect(port, host);
    socket.on('error', () => {});
    silent.push(socket);
    await once(socket, 'connect');
  }
  expect((await send({ host, port, path: '/livez' })).status).toBe(200);
  expect(silent.filter((socket) => !socket.closed).length).toBeLessThanOrEqual(1200);
  for (const socket of silent) socket.destroy();
});

test('a connection that says nothing is closed', async () => {
  const answer = await sendRaw({ host, port }, '');
  expect(statusLine(answer)).toBe('HTTP/1.1 408 Request Timeout');
});
