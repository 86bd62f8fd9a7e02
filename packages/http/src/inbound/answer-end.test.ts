import { once } from 'node:events';
import http from 'node:http';
import http2, { type ClientHttp2Stream, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { type InboundInstrumentation, instrumentInbound } from './inbound.js';

let instrumentation: InboundInstrumentation;
let records: ObservedRecords;
const closers: (() => unknown)[] = [];

beforeEach(() => {
  instrumentation = instrumentInbound();
  records = observeRecords();
});

afterEach(() => {
  for (const close of closers.splice(0)) close();
  instrumentation.close();
  records.close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** An endless body, in small chunks that fill no buffer. */
function endless(): Readable {
  const source = new Readable({ read() {} });
  source.push('part');
  return source;
}

/** Ends the source of a pipeline one turn after the first chunk. */
function breakLater(source: Readable, error?: Error): void {
  setImmediate(() => setImmediate(() => source.destroy(error)));
}

const resetOfUpstream = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });

describe('an HTTP/1.1 response that the server cuts off is a failure and not aborted:', () => {
  test.each<[string, string, (response: http.ServerResponse) => void]>([
    ['the source of a pipeline fails', 'RangeError', (response) => piped(response, new RangeError('disk'))],
    ['the source of a pipeline is reset by its own peer', 'Error', (response) => piped(response, resetOfUpstream)],
    ['the source of a pipeline is closed too early', 'Error', (response) => piped(response)],
    ['the response is destroyed with an error', 'TypeError', (response) => response.destroy(new TypeError('no'))],
    ['the response is destroyed', 'PrematureClose', (response) => response.destroy()],
    ['the connection is destroyed', 'PrematureClose', (response) => response.socket?.destroy()],
    ['the connection is destroyed with an error', 'TypeError', ({ socket }) => socket?.destroy(new TypeError('no'))],
  ])('%s', async (_case, errorType, cut) => {
    const port = await listen(
      http.createServer((request, response) => {
        request.resume();
        response.write('begun');
        setImmediate(cut, response);
      }),
    );
    const socket = await open(port);
    socket.write('GET /cut HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket.resume(), 'close');
    const record = await records.of('/cut');
    expect(record).toMatchObject({ aborted: false, status: 200, errorType });
    expect(record.error).toBeInstanceOf(Error);
  });

  function piped(response: http.ServerResponse, error?: Error): void {
    const source = endless();
    pipeline(source, response, () => {});
    breakLater(source, error);
  }
});

describe('an HTTP/1.1 response whose client goes away is aborted, with any handling by the application:', () => {
  const LEAVING: readonly [string, (socket: Socket) => unknown][] = [
    ['ends', (socket) => socket.destroy()],
    ['resets', (socket) => socket.resetAndDestroy()],
  ];
  const SERVING: readonly [string, (response: http.ServerResponse) => void][] = [
    ['a pipeline', (response) => pipeline(endless(), response, () => {})],
    ['a piped stream', (response) => endless().pipe(response)],
    [
      'a handler that destroys the response',
      (response) => {
        response.write('part');
        response.req.on('aborted', () => response.destroy(new Error('the client is gone')));
        response.req.on('close', () => response.destroy());
      },
    ],
    ['more than the client reads', (response) => response.end(Buffer.alloc(20_000_000))],
  ];
  test.each(LEAVING.flatMap(([how, leave]) => SERVING.map(([what, serve]) => [how, what, leave, serve] as const)))(
    'a client that %s during %s',
    async (_how, _what, leave, serve) => {
      const port = await listen(http.createServer((_request, response) => serve(response)));
      const socket = await open(port);
      socket.write('GET /left HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(socket, 'data');
      leave(socket.pause());
      expect(await records.of('/left')).toMatchObject({
        aborted: true,
        status: 200,
        errorType: 'aborted',
        error: undefined,
      });
    },
  );

  test('a client that sends invalid HTTP', async () => {
    const server = http.createServer((request) => request.resume());
    server.on('clientError', (_error, socket) => socket.destroy());
    const socket = await open(await listen(server));
    socket.write('POST /broken HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n');
    await once(socket.resume(), 'close');
    expect(await records.of('/broken')).toMatchObject({ aborted: true, errorType: 'aborted' });
  });

  test('not a client that has only ended its side, if the server allows that', async () => {
    const server = http.createServer((request, response) => {
      request.socket.on('end', () => response.destroy(new TypeError('no')));
      response.write('part');
    });
    (server as { httpAllowHalfOpen?: boolean }).httpAllowHalfOpen = true;
    const socket = connect({ port: await listen(server), host: '127.0.0.1', allowHalfOpen: true });
    closers.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.end('GET /half HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket.resume(), 'close');
    expect(await records.of('/half')).toMatchObject({ aborted: false, errorType: 'TypeError' });
  });
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

describe('an HTTP/2 response that the server cuts off is a failure and not aborted:', () => {
  const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = http2.constants;
  test.each<[string, string, (stream: ServerHttp2Stream) => void]>([
    ['the source of a pipeline fails', 'RangeError', (stream) => piped(stream, new RangeError('disk'))],
    ['the source of a pipeline is reset by its own peer', 'Error', (stream) => piped(stream, resetOfUpstream)],
    ['the source of a pipeline is closed too early', 'Error', (stream) => piped(stream)],
    ['the stream is destroyed with an error', 'TypeError', (stream) => stream.destroy(new TypeError('no'))],
    ['the stream is destroyed', 'PrematureClose', (stream) => stream.destroy()],
    ['the stream is closed without an error', 'PrematureClose', (stream) => stream.close(NGHTTP2_NO_ERROR)],
    ['the stream is cancelled', 'PrematureClose', (stream) => stream.close(NGHTTP2_CANCEL)],
    ['the stream is closed with an error', 'Error', (stream) => stream.close(NGHTTP2_INTERNAL_ERROR)],
    ['the session is destroyed', 'PrematureClose', (stream) => stream.session?.destroy()],
  ])('%s', async (_case, errorType, cut) => {
    const server = http2.createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {});
      stream.respond({ ':status': 200 });
      stream.write('begun');
      setImmediate(cut, stream);
    });
    const stream = await request(await listen(server), '/cut');
    await closed(stream);
    const record = await records.of('/cut');
    expect(record).toMatchObject({ aborted: false, status: 200, errorType });
    expect(record.error).toBeInstanceOf(Error);
  });

  test('the response is destroyed through the compatibility API, in a listener of the body', async () => {
    const server = http2.createServer((incoming, response) => {
      response.write('begun');
      incoming.on('data', () => response.stream.close(NGHTTP2_INTERNAL_ERROR));
    });
    const stream = await request(await listen(server), '/cut', 'POST');
    await once(stream, 'response');
    stream.write('too much');
    await closed(stream);
    expect(await records.of('/cut')).toMatchObject({ aborted: false, status: 200 });
  });

  function piped(stream: ServerHttp2Stream, error?: Error): void {
    const source = endless();
    pipeline(source, stream, () => {});
    breakLater(source, error);
  }
});

describe('an HTTP/2 response whose client goes away is aborted:', () => {
  const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = http2.constants;
  test.each<[string, (stream: ClientHttp2Stream) => unknown]>([
    ['by CANCEL', (stream) => stream.close(NGHTTP2_CANCEL)],
    ['by NO_ERROR', (stream) => stream.close(NGHTTP2_NO_ERROR)],
    ['by INTERNAL_ERROR', (stream) => stream.close(NGHTTP2_INTERNAL_ERROR)],
    ['by destroying the stream', (stream) => stream.destroy()],
    ['by destroying the session', (stream) => stream.session?.destroy()],
  ])('%s', async (_case, leave) => {
    const server = http2.createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {});
      stream.on('aborted', () => stream.destroy(new Error('the client is gone')));
      stream.respond({ ':status': 200 });
      pipeline(endless(), stream, () => {});
    });
    const stream = await request(await listen(server), '/left');
    await once(stream, 'data');
    leave(stream);
    expect(await records.of('/left')).toMatchObject({
      aborted: true,
      status: 200,
      errorType: 'aborted',
      error: undefined,
    });
  });
});

describe('an HTTP/2 response is complete', () => {
  const ANSWERING: readonly [string, (stream: ServerHttp2Stream) => void][] = [
    ['at once', (stream) => answer(stream)],
    ['once the request has ended', (stream) => void stream.resume().on('end', () => answer(stream))],
    ['in a later turn', (stream) => void setImmediate(() => setImmediate(() => answer(stream)))],
    ['in parts', (stream) => void stream.resume().on('end', () => answer(stream, 'part'))],
  ];
  const SENDING: readonly [string, (stream: ClientHttp2Stream) => unknown][] = [
    ['an empty DATA frame', (stream) => stream.end()],
    ['a DATA frame', (stream) => stream.end('body')],
    ['an empty DATA frame after others', (stream) => stream.write('body', () => stream.end())],
  ];
  test.each(ANSWERING.flatMap(([how, serve]) => SENDING.map(([what, send]) => [how, what, serve, send] as const)))(
    'if it is sent %s to a request that ends in %s',
    async (_how, _what, serve, send) => {
      const server = http2.createServer();
      server.on('stream', serve);
      const stream = await request(await listen(server), '/complete', 'POST');
      send(stream);
      await closed(stream);
      expect(await records.of('/complete')).toMatchObject({ aborted: false, status: 200, errorType: '' });
    },
  );

  function answer(stream: ServerHttp2Stream, part?: string): void {
    stream.respond({ ':status': 200 });
    if (part !== undefined) stream.write(part);
    stream.end('ok');
  }

  test('only if it was sent: not for a client that cancels with NO_ERROR', async ({ skip }) => {
    skip(Number(process.versions.node.split('.')[0]) < 22, 'Node.js 20 does not publish a closing stream');
    const server = http2.createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.resume();
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(3_000_000));
    });
    const stream = await request(await listen(server), '/left');
    await once(stream, 'data');
    stream.pause().close();
    expect(await records.of('/left')).toMatchObject({ aborted: true, errorType: 'aborted' });
  });
});

async function request(port: number, path: string, method = 'GET'): Promise<ClientHttp2Stream> {
  const client = http2.connect(`http://127.0.0.1:${port}`);
  client.on('error', () => {});
  closers.push(() => client.destroy());
  await once(client, 'connect');
  const stream = client.request({ ':path': path, ':method': method }, { endStream: method === 'GET' });
  stream.on('error', () => {});
  return stream;
}

/** Not `once` of node:events, which an error would reject. */
function closed(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => void stream.resume().on('close', resolve));
}
