/** The body size of a response is the number of sent bytes, not the value of a header. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import http2 from 'node:http2';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { TLS_CLIENT, TLS_SERVER } from '../testing/pre-shared-key.js';
import { rawExchange } from '../testing/raw-exchange.js';
import { type InboundInstrumentation, instrumentInbound } from './inbound.js';

const UNKNOWN = -1;
const BIG = Buffer.alloc(64 * 1024 * 1024, 'x');

let instrumentation: InboundInstrumentation;
let records: ObservedRecords;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  instrumentation = instrumentInbound();
  records = observeRecords();
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  instrumentation.close();
  records.close();
});

const ANSWERS: Readonly<Record<string, RequestListener>> = {
  '/text': (_request, response) => void response.end('hellö'),
  '/length': (_request, response) => void response.writeHead(200, { 'content-length': 7 }).end('7 bytes'),
  '/empty': (_request, response) => void response.end(),
  '/304': (_request, response) => void response.writeHead(304, { 'content-length': 4000 }).end(),
  '/204': (_request, response) => void response.writeHead(204).end(),
  '/chunks': (_request, response) => {
    response.write('in ');
    response.end('chunks');
  },
  '/pieces': (_request, response) => {
    response.writeHead(200, { 'content-length': 9 });
    response.write('in ');
    setTimeout(() => response.end('pieces'), 5);
  },
  '/short': (_request, response) => void response.writeHead(200, { 'content-length': 1000 }).end('only this'),
  '/gzip': (_request, response) => {
    const body = gzipSync('y'.repeat(100_000));
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
  },
  '/gzip-stream': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    Readable.from(['y'.repeat(100_000)])
      .pipe(createGzip())
      .pipe(response);
  },
  '/hints': (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('after hints');
  },
  '/slow': (_request, response) => void setTimeout(() => response.end('slow'), 20),
  '/big': (_request, response) => void response.end(BIG),
  '/big-stream': (_request, response) => {
    response.writeHead(200, { 'content-length': BIG.length });
    Readable.from(Array.from({ length: 1024 }, (_, index) => BIG.subarray(index * 65_536, (index + 1) * 65_536))).pipe(
      response,
    );
  },
};
const answer: RequestListener = (request, response) => {
  request.resume();
  ANSWERS[request.url ?? '']?.(request, response);
};

async function serve(): Promise<number> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function sendRequest(options: http.RequestOptions, body?: string): Promise<number> {
  const request = http.request({ host: '127.0.0.1', ...options }).end(body);
  const [response] = await once(request, 'response');
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(response, 'end');
  return bytes;
}

const sizes = (): readonly number[] => records.ended.map(({ responseBodyBytes }) => responseBodyBytes);

test('successive responses on one connection each have their own size', async () => {
  const port = await serve();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  closing.push(() => agent.destroy());
  const asked: [string, string, number][] = [
    ['GET', '/text', 6],
    ['HEAD', '/text', 0],
    ['GET', '/304', 0],
    ['GET', '/length', 7],
    ['HEAD', '/length', 0],
    ['GET', '/chunks', UNKNOWN],
    ['GET', '/empty', 0],
    ['GET', '/204', 0],
    ['GET', '/pieces', 9],
    ['GET', '/gzip', gzipSync('y'.repeat(100_000)).length],
    ['GET', '/gzip-stream', UNKNOWN],
    ['GET', '/hints', UNKNOWN],
    ['POST', '/text', 6],
  ];
  for (const [index, [method, path, size]] of asked.entries()) {
    const received = await sendRequest({ port, path, method, agent });
    if (size !== UNKNOWN) expect(received, path).toBe(size);
    await records.count(index + 1);
  }
  expect(records.ended.map(({ method, path, responseBodyBytes }) => [method, path, responseBodyBytes])).toEqual(asked);
});

test('so do responses to requests in one chunk, ready in any order', async () => {
  const port = await serve();
  const paths = ['/slow', '/text', '/304', '/chunks', '/pieces', '/slow', '/length', '/gzip', '/text'];
  const heads = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  const socket = connect(port, '127.0.0.1');
  socket.write(heads.join(''));
  socket.resume();
  await records.count(paths.length);
  socket.destroy();
  const gzip = gzipSync('y'.repeat(100_000)).length;
  expect(sizes()).toEqual([4, 6, 0, UNKNOWN, 9, 4, 7, gzip, 6]);
});

test('a "100 Continue" before the response is not part of its size', async () => {
  const port = await serve();
  const request = http.request({
    host: '127.0.0.1',
    port,
    path: '/text',
    method: 'POST',
    headers: { expect: '100-continue' },
  });
  request.on('continue', () => request.end('body'));
  const [response] = await once(request, 'response');
  response.resume();
  await records.count(1);
  expect(sizes()).toEqual([6]);
});

test('a response that is shorter than its Content-Length has the sent size', async () => {
  const port = await serve();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET /short HTTP/1.1\r\nhost: x\r\n\r\n');
  await records.count(1);
  socket.destroy();
  expect(sizes()).toEqual(['only this'.length]);
});

test('the size of a response without a length to an HTTP/1.0 client is known', async () => {
  const port = await serve();
  await rawExchange(port, 'GET /chunks HTTP/1.0\r\nhost: x\r\n\r\n');
  await records.count(1);
  expect(sizes()).toEqual(['in chunks'.length]);
});

test.each(['/big', '/big-stream'])('a download that the client aborts has no size: %s', async (path) => {
  const port = await serve();
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  const [record] = await records.count(1);
  expect(record).toMatchObject({ aborted: true, responseBodyBytes: UNKNOWN });
});

test('a complete download has its size', async () => {
  const port = await serve();
  expect(await sendRequest({ port, path: '/big' })).toBe(BIG.length);
  expect(await sendRequest({ port, path: '/big-stream' })).toBe(BIG.length);
  await records.count(2);
  expect(sizes()).toEqual([BIG.length, BIG.length]);
});

test('with TLS, it is the size before encryption', async () => {
  const server = createTlsServer(TLS_SERVER, answer).listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const options = { ...TLS_CLIENT, host: '127.0.0.1', port, path: '/gzip', agent: false };
  const [response] = await once(tlsRequest(options).end(), 'response');
  response.resume();
  await records.count(1);
  expect(sizes()).toEqual([gzipSync('y'.repeat(100_000)).length]);
});

test('with HTTP/2, it is the number of bytes that the stream has sent, not the value of a header', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-size-'));
  const file = join(folder, 'file');
  writeFileSync(file, 'x'.repeat(100_000));
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    if (headers[':path'] === '/file') stream.respondWithFile(file);
    if (headers[':path'] === '/stream') {
      stream.respond({ ':status': 200, 'content-length': 999 });
      stream.write('in ');
      stream.end('pieces');
    }
  });
  server.on('request', answer as never);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => {});
  closing.push(
    () => session.destroy(),
    () => server.close(),
    () => rmSync(folder, { recursive: true }),
  );
  const asked: [string, string, number][] = [
    ['GET', '/text', 6],
    ['HEAD', '/text', 0],
    ['GET', '/304', 0],
    ['GET', '/204', 0],
    ['GET', '/chunks', 'in chunks'.length],
    ['POST', '/pieces', 'in pieces'.length],
    ['GET', '/gzip', gzipSync('y'.repeat(100_000)).length],
  ];
  for (const [index, [method, path]] of asked.entries()) {
    const stream = session.request({ ':method': method, ':path': path });
    stream.resume();
    if (method === 'POST') stream.end('x');
    await once(stream, 'close');
    await records.count(index + 1);
  }
  expect(records.ended.map(({ method, path, responseBodyBytes }) => [method, path, responseBodyBytes])).toEqual(asked);

  session.request({ ':path': '/file' }).resume();
  await records.count(asked.length + 1);
  // Node.js 20 has no event for the end of a file.
  const known = process.versions.node.startsWith('20.') ? [UNKNOWN, 100_000] : [100_000];
  expect(known).toContain(records.ended.at(-1)?.responseBodyBytes);

  const left = session.request({ ':path': '/big-stream' });
  left.once('data', () => left.close(http2.constants.NGHTTP2_CANCEL));
  left.on('error', () => {});
  await records.count(asked.length + 2);
  expect(records.ended.at(-1)).toMatchObject({ aborted: true, responseBodyBytes: UNKNOWN });

  const wrong = session.request({ ':path': '/stream' });
  wrong.on('error', () => {});
  wrong.resume();
  await records.count(asked.length + 3);
  expect([UNKNOWN, 'in pieces'.length]).toContain(records.ended.at(-1)?.responseBodyBytes);
});
