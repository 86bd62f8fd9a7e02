/**
 * The connections of this process's web servers, so that a shutdown can end them in order. `server.close()` alone waits
 * forever for a connection that never sent a request, and does not notify keep-alive clients.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { aborted, createLiveList, guardedListener, reportInternalError } from '@porthole/core/internal';
import type { Instrumentation } from './inbound.js';
import { REQUEST_CHANNEL } from './inbound-http1.js';
import { instrumentServers } from './instrument-servers.js';
import { createServerListeners } from './server-listeners.js';
import { isHttp2Server, isWatchedServer, type WebServer } from './web-server.js';

/** A server-side socket, with Node's own fields. `_httpMessage` is the response that is being written on it. */
type ServerSocket = Socket & { readonly server?: unknown; readonly _httpMessage?: ServerResponse | null };

interface RequestStart {
  readonly response: ServerResponse;
  readonly socket: ServerSocket;
  readonly server: unknown;
}

/** The connections seen so far. */
export interface Connections extends Instrumentation {
  /**
   * From now on every response has `Connection: close`. Connections without a request are closed at once, the others
   * after the response in progress. HTTP/2 sessions accept no more streams. Servers keep listening: their owner closes
   * them, and silent connections that were accepted meanwhile do not delay that.
   * Resolves when the requests in flight have their responses and their connections are closed, or when `signal`
   * aborts. Never rejects.
   */
  drain(signal?: AbortSignal): Promise<void>;
}

/** Watches the connections of all servers of `node:http`, `node:https` and `node:http2`, except Porthole's own. */
export function instrumentConnections(): Connections {
  const sockets = createLiveList<ServerSocket>(Symbol('porthole.place'));
  const sessions = createLiveList<Http2Session>(Symbol('porthole.place'));
  const listeners = createServerListeners();
  let known: unknown;
  // A server that gets its connections from another one never listens, so its end cannot be detected.
  const haveListened = new WeakSet<object>();
  let draining = false;
  let sweep: NodeJS.Timeout | undefined;

  const add = (socket: ServerSocket): void => {
    if (sockets.add(socket)) socket.once('close', () => sockets.remove(socket));
  };
  const addSession = (session: Http2Session): void => {
    if (sessions.add(session)) session.once('close', () => sessions.remove(session));
  };
  const onConnection = guardedListener('http', add);
  const onSession = guardedListener('http', addSession);
  const onStream = guardedListener('http', ({ session }: ServerHttp2Stream) => {
    if (session === undefined) return;
    // The session may be of a server that was listening before this started.
    addSession(session);
    if (draining) session.close();
  });
  const visit = (server: WebServer, socket: Socket | undefined): void => {
    if (server.listening) haveListened.add(server);
    listeners.prepend(server, 'connection', onConnection);
    listeners.prepend(server, 'secureConnection', onConnection);
    if (isHttp2Server(server)) {
      listeners.prepend(server, 'session', onSession);
      listeners.prepend(server, 'stream', onStream);
    }
    if (socket !== undefined) add(socket);
  };
  const onRequest = guardedListener('http', ({ response, socket, server }: RequestStart) => {
    // Most processes have one server. The check is for servers that do not accept connections themselves.
    if (server !== known && isWatchedServer(server)) {
      known = server;
      visit(server, socket);
    }
    if (draining && server === known) response.shouldKeepAlive = false;
  });
  const disableServers = instrumentServers(visit);
  subscribe(REQUEST_CHANNEL, onRequest);

  return {
    drain: async (signal) => {
      draining = true;
      sweep ??= setInterval(
        guardedListener('http', createSilentSweep(sockets, haveListened)),
        SILENCE_MS,
        undefined,
      ).unref();
      const busy = [...sockets].filter(({ _httpMessage }) => _httpMessage);
      const open = [...sessions];
      try {
        for (const socket of sockets) {
          if (socket._httpMessage) endAfterAnswer(socket);
          else if (socket.bytesRead === 0) socket.destroy();
        }
        for (const session of open) session.close();
        closeIdle(sockets);
      } catch (error) {
        reportInternalError('http', error);
      }
      await Promise.race([Promise.all([...busy.map(closed), ...open.map(closed)]), aborted(signal)]);
    },
    close: () => {
      disableServers();
      unsubscribe(REQUEST_CHANNEL, onRequest);
      listeners.close();
      clearInterval(sweep);
      sockets.clear();
      sessions.clear();
    },
  };
}

/** Time for the first request of a connection that was accepted right before its server stopped listening. */
export const SILENCE_MS = 250;

/** Each call closes the connections that were also silent at the last call, of servers that no longer listen. */
function createSilentSweep(sockets: Iterable<ServerSocket>, haveListened: WeakSet<object>): () => void {
  let before: ReadonlySet<ServerSocket> = new Set();
  return () => {
    const silent = [...sockets].filter(
      ({ server, bytesRead, _httpMessage }) =>
        bytesRead === 0 && !_httpMessage && isWatchedServer(server) && haveListened.has(server) && !server.listening,
    );
    for (const socket of silent) {
      if (before.has(socket)) socket.destroy();
    }
    before = new Set(silent);
  };
}

/** Resolves at any kind of end: a client that resets its connection waits for no response either. */
function closed(connection: Socket | Http2Session): Promise<void> {
  return new Promise((resolve) => {
    if (connection.destroyed) resolve();
    else connection.once('close', () => resolve());
  });
}

/**
 * Ends the connection after its response. A head that was sent already promises keep-alive, and pipelined requests may
 * wait.
 */
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
 * Closes the connections between two requests. Only Node.js knows which ones have received part of the next request.
 * But Node.js treats a response as sent once it is written, and would cut off its unsent part. So unsent responses are
 * marked unfinished meanwhile.
 */
function closeIdle(sockets: Iterable<ServerSocket>): void {
  const unsent = [...sockets].flatMap(({ _httpMessage }) => (_httpMessage?.finished ? [_httpMessage] : []));
  for (const response of unsent) response.finished = false;
  try {
    const servers = new Set([...sockets].map(({ server }) => server).filter(isWatchedServer));
    for (const server of servers) (server as Partial<HttpServer>).closeIdleConnections?.();
  } finally {
    for (const response of unsent) response.finished = true;
  }
}
