import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { noLog } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Answer, textAnswer } from './answer.js';
import { type BoundedServer, type BoundedServerOptions, createBoundedServer } from './bounded-server.js';
import { sendRaw } from './testing/raw-request.js';

const host = '127.0.0.1';
/** More than the kernel takes for a caller that reads nothing. */
const LONG = `${'x'.repeat(16_000_000)}\n`;

let bounded: BoundedServer;
let callers: Socket[] = [];
let lines: string[] = [];

afterEach(async () => {
  for (const socket of callers) socket.destroy();
  callers = [];
  lines = [];
  await bounded.close();
});

async function listen(handle: BoundedServerOptions['handle'], limits: Partial<BoundedServerOptions> = {}) {
  bounded = createBoundedServer({
    component: 'test',
    handle,
    inactivityTimeoutMs: 0,
    stallTimeoutMs: 60_000,
    answerTimeoutMs: 0,
    log: { ...noLog, warn: (_fields, message) => lines.push(message) },
    ...limits,
  });
  await bounded.listen({ host, port: 0 });
  return (bounded.server.address() as AddressInfo).port;
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const path = async ({ url }: IncomingMessage): Promise<Answer> => textAnswer(200, `path ${url}`);
const pathsIn = (text: string): string[] => [...text.matchAll(/^path (.*)$/gm)].map(([, name]) => name as string);

/** A caller that reads nothing. */
async function askWithoutReading(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, host);
  socket.on('error', () => {});
  socket.pause();
  callers.push(socket);
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

test('requests that come together are answered one after another, in their order', async () => {
  let running = 0;
  let most = 0;
  const port = await listen(async (request) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return path(request);
  });
  const names = Array.from({ length: 3000 }, (_, i) => `/${i}`);
  const answer = await sendRaw(
    { host, port },
    names.map((name) => get(name)).join('') + get('/last', 'Connection: close\r\n'),
  );
  expect(pathsIn(answer)).toEqual([...names, '/last']);
  expect(most).toBe(1);
});

test('wherever a network cuts requests into pieces, their answers are the same', async () => {
  const port = await listen(path);
  const all = `\r\n${get('/a')}${get('/b', 'X: \r\n')}\r\n\r\n${get('/c', `X: ${'y'.repeat(100)}\r\n`)}${get('/d', 'Connection: close\r\n')}`;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat({ max: all.length }), { maxLength: 8 }), async (cuts) => {
      const socket = connect({ port, host, noDelay: true });
      await once(socket, 'connect');
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk;
      });
      let from = 0;
      for (const to of [...cuts.sort((a, b) => a - b), all.length]) {
        socket.write(all.slice(from, to));
        await new Promise(setImmediate);
        from = to;
      }
      await once(socket, 'close');
      expect(pathsIn(received)).toEqual(['/a', '/b', '/c', '/d']);
    }),
    { numRuns: 50 },
  );
});

test('a body is read before its answer, and the request behind it is answered after', async () => {
  const port = await listen(async (request) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    return textAnswer(200, `path ${request.url}${body}`);
  });
  const put = 'PUT /put- HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n';
  const socket = connect(port, host);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(`${put}he`);
  socket.write('llo');
  await expect.poll(() => pathsIn(received)).toEqual(['/put-hello']);
  socket.write(get('/next', 'Connection: close\r\n'));
  await once(socket, 'close');
  expect(pathsIn(received)).toEqual(['/put-hello', '/next']);
});

test.each([
  ['without a Host header', 'GET / HTTP/1.1\r\n\r\n'],
  ['with an expectation that nobody can meet', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n'],
])('of requests %s the first is refused, and the others are not looked at', async (_what, request) => {
  const port = await listen(path);
  const answer = await sendRaw({ host, port }, request.repeat(1000));
  expect(answer.match(/^HTTP\/1\.1 4\d\d/gm)).toHaveLength(1);
});

test('a caller that reads nothing gets one answer made, however many it asks for', async () => {
  let made = 0;
  const port = await listen(async () => {
    made++;
    return textAnswer(200, LONG);
  });
  const socket = await askWithoutReading(port, get('/').repeat(5000));
  await expect.poll(() => made).toBe(1);
  const other = await sendRaw({ host, port }, get('/', 'Connection: close\r\n'));
  expect(other.length).toBeGreaterThan(LONG.length);
  expect(made).toBe(2);
  expect(socket.closed).toBe(false);
});

test('the connection of a caller that reads nothing is closed, and a line says so', async () => {
  let released = 0;
  const port = await listen(async () => ({ ...textAnswer(200, LONG), release: () => void released++ }), {
    stallTimeoutMs: 50,
  });
  await Promise.all(Array.from({ length: 5 }, () => askWithoutReading(port, get('/'))));
  await expect.poll(() => released).toBe(5);
  expect(lines).toEqual([
    'test: connections were closed: 1 whose callers did not read the answer in time, 0 to stay within the limits',
  ]);
});

test('the connection of a caller that reads a little at a time is closed, too', async () => {
  const port = await listen(async () => textAnswer(200, LONG), { stallTimeoutMs: 60_000, answerTimeoutMs: 300 });
  const socket = await askWithoutReading(port, get('/'));
  let bytes = 0;
  while (lines.length === 0) {
    bytes += (socket.read() as Buffer | null)?.length ?? 0;
    await sleep(5);
  }
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(LONG.length);
});

test('requests that wait are bounded over all connections: the ones that have waited longest are closed', async () => {
  const port = await listen(async () => textAnswer(200, LONG));
  const floods = await Promise.all(Array.from({ length: 150 }, () => askWithoutReading(port, get('/').repeat(5000))));
  const open = () => new Promise<number>((resolve) => bounded.server.getConnections((_error, count) => resolve(count)));
  await expect.poll(open).toBeLessThan(floods.length);
  const answer = await sendRaw({ host, port }, get('/', 'Connection: close\r\n'));
  expect(answer.length).toBeGreaterThan(LONG.length);
});

test('at the most connections there can be, one whose caller does not read makes room for a new one', async () => {
  const port = await listen(async ({ url }) => textAnswer(200, url === '/long' ? LONG : 'ok'));
  for (let i = 0; i < 1200; i++) await askWithoutReading(port, get('/long'));
  const answer = await sendRaw({ host, port }, get('/', 'Connection: close\r\n'));
  expect(answer).toMatch(/ok\n$/);
  expect(lines[0]).toContain('1 to stay within the limits');
});

test('text outside of the basic plane arrives whole, whatever the piece that it is in', async () => {
  const text = `${'x'.repeat(16_383)}${'\u{1F600}'.repeat(40_000)}`;
  const port = await listen(async () => textAnswer(200, text));
  const answer = await fetch(`http://${host}:${port}/`);
  expect(await answer.text()).toBe(`${text}\n`);
  const head = await fetch(`http://${host}:${port}/`, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(text) + 1));
});
