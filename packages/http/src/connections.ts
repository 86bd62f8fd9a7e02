/**
 * The connections of this process's HTTP servers, so that a shutdown can end them in order. `server.close()` alone waits for
 * ever for a connection that never sent a request, and tells keep-alive clients nothing.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { aborted, guardedListener, reportInternalError, unrecordedServers } from '@porthole/core/internal';
import type { Watch } from './inbound.js';

const SOCKET_CHANNEL = 'net.server.socket';
const REQUEST_CHANNEL = 'http.server.request.start';

/** Node's own fields of a server-side socket; `_httpMessage` is the answer that is being written on it. */
type ServerSocket = Socket & { readonly server?: unknown; readonly _httpMessage?: ServerResponse | null };

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The connections seen so far. */
export interface Connections extends Watch {
  /**
   * From now on every answer says `Connection: close`; connections that carry no request are closed at once, the others
   * after the answer that they wait for. Servers keep listening: closing them is their owner's. Resolves when the requests that
   * were in flight have their answers and their connections are closed, or when `signal` aborts. Never rejects.
   */
  drain(signal?: AbortSignal): Promise<void>;
}

/** Watches the connections of all `node:http` and `node:https` servers, apart from Porthole's own. */
export function watchConnections(): Connections {
  const sockets = new Set<ServerSocket>();
  let draining = false;

  const add = (socket: ServerSocket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const onSocket = guardedListener('http', ({ socket }: { readonly socket: ServerSocket }) => {
    if (isWebServer(socket.server) && !unrecordedServers.has(socket.server)) add(socket);
  });
  const onRequest = guardedListener('http', ({ request, response }: RequestStart) => {
    const socket = request.socket as ServerSocket;
    if (!isWebServer(socket.server) || unrecordedServers.has(socket.server)) return;
    // The socket that TLS made of the one that the other channel has shown, or one from before this watch.
    if (!sockets.has(socket)) add(socket);
    if (draining) response.shouldKeepAlive = false;
  });
  subscribe(SOCKET_CHANNEL, onSocket);
  subscribe(REQUEST_CHANNEL, onRequest);

  return {
    drain: async (signal) => {
      draining = true;
      const busy = [...sockets].filter(({ _httpMessage }) => _httpMessage);
      try {
        for (const socket of sockets) {
          if (socket._httpMessage) endAfterAnswer(socket);
          else if (socket.bytesRead === 0) socket.destroy();
        }
        closeIdle(sockets);
      } catch (error) {
        reportInternalError('http', error);
      }
      await Promise.race([Promise.all(busy.map(closed)), aborted(signal)]);
    },
    close: () => {
      unsubscribe(SOCKET_CHANNEL, onSocket);
      unsubscribe(REQUEST_CHANNEL, onRequest);
      sockets.clear();
    },
  };
}

/** Whatever ends it: a client that resets its connection has no answer to wait for either. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

function isWebServer(server: unknown): server is HttpServer | HttpsServer {
  return server instanceof HttpServer || server instanceof HttpsServer;
}

/** An answer whose head is out has promised to keep the connection, and pipelined requests may wait behind it. */
function endAfterAnswer(socket: ServerSocket): void {
  const response = socket._httpMessage;
  if (!response) {
    socket.end();
    return;
  }
  response.shouldKeepAlive = false;
  response.once('close', () => endAfterAnswer(socket));
}

/**
 * Closes the connections between two requests. Only Node.js knows those whose next request has arrived in part, but it takes
 * an answer for sent once it is written, and would cut off what its reader has not taken yet.
 */
function closeIdle(sockets: ReadonlySet<ServerSocket>): void {
  const unsent = [...sockets].flatMap(({ _httpMessage }) => (_httpMessage?.finished ? [_httpMessage] : []));
  for (const response of unsent) response.finished = false;
  try {
    const servers = new Set([...sockets].map(({ server }) => server).filter(isWebServer));
    for (const server of servers) server.closeIdleConnections();
  } finally {
    for (const response of unsent) response.finished = true;
  }
}
