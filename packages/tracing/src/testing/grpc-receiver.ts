/** A gRPC receiver for the tests: a real HTTP/2 server that answers as it is told and keeps what it was sent. */
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

export interface ReceivedCall {
  readonly headers: IncomingHttpHeaders;
  /** The frame: five bytes, then the message. */
  readonly frame: Buffer;
  /** When it came, on `performance.now()`'s clock. */
  readonly atMs: number;
}

/** Answers one call; `index` counts from 0. */
export type CallAnswer = (stream: ServerHttp2Stream, index: number) => void;

export interface GrpcReceiver {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** Connections that have been made so far. */
  readonly connections: number;
  /** The greatest number of calls that were open at one time. */
  readonly maxOpen: number;
  /** Resolves when `count` calls have been received in full. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** `tls` is the server's key and certificate, and what it asks of its clients. */
export async function startGrpcReceiver(
  answer: CallAnswer,
  tls?: { readonly key: string; readonly cert: string; readonly ca?: string; readonly requestCert?: boolean },
): Promise<GrpcReceiver> {
  const calls: ReceivedCall[] = [];
  const sockets = new Set<Socket>();
  const waiting: { count: number; resolve: () => void }[] = [];
  let connections = 0;
  let open = 0;
  let maxOpen = 0;
  const server: Http2Server = tls === undefined ? createServer() : (createSecureServer(tls) as unknown as Http2Server);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    open++;
    maxOpen = Math.max(maxOpen, open);
    stream.on('close', () => open--);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      calls.push({ headers, frame: Buffer.concat(chunks), atMs: performance.now() });
      for (const { count, resolve } of waiting) if (calls.length >= count) resolve();
      if (!stream.destroyed) answer(stream, calls.length - 1);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get connections(): number {
      return connections;
    },
    get maxOpen(): number {
      return maxOpen;
    },
    received: (count) =>
      new Promise((resolve) => {
        if (calls.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with a status, and with a message where the status is OK. */
export function replyStatus(
  stream: ServerHttp2Stream,
  code: number,
  trailers: Record<string, string> = {},
  message = '',
): void {
  if (code !== 0) {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code), ...trailers },
      { endStream: true },
    );
    return;
  }
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', ...trailers }));
  const body = Buffer.from(message, 'latin1');
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([prefix, body]));
}

/** `grpc-status-details-bin` with a `RetryInfo` of so many seconds and nanoseconds. */
export function retryInfo(seconds: number, nanos = 0): string {
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const varint = (number: number, value: number): Buffer => {
    const bytes = [number << 3];
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
    return Buffer.from([...bytes, rest]);
  };
  const duration = Buffer.concat([varint(1, seconds), varint(2, nanos)]);
  const any = Buffer.concat([
    field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    field(2, field(1, duration)),
  ]);
  return Buffer.concat([varint(1, 8), field(2, Buffer.from('slow down')), field(3, any)]).toString('base64');
}
