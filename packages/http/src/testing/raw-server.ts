/** A server that keeps the raw bytes of each request and answers once a request is complete. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface RawServer {
  readonly port: number;
  /** The requests so far, as they came, one byte a character. */
  readonly requests: readonly string[];
  /** Answers with `answer` once the received bytes pass `isComplete`. Stays in effect until the next call. */
  expect(isComplete: (received: string) => boolean, answer?: string): void;
  close(): void;
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export interface RawServerOptions {
  /** Makes the server. @defaultValue `createServer` of `node:net` */
  readonly create?: (listener: (socket: Socket) => void) => Server;
  /** A Unix socket to listen on, instead of a port. */
  readonly path?: string;
}

/** Listens on the loopback address, or at `path`. */
export async function startRawServer({ create = createServer, path }: RawServerOptions = {}): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let isComplete = (received: string) => received.endsWith('\r\n\r\n');
  let answer = OK;
  const server = create((socket) => {
    let received = '';
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (text) => {
      received += text;
      if (!isComplete(received)) return;
      requests.push(received);
      received = '';
      if (answer === '') socket.destroy();
      else socket.write(answer);
    });
  });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    requests,
    expect: (next, nextAnswer = OK) => {
      isComplete = next;
      answer = nextAnswer;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
