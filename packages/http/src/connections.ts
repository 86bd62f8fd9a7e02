/**
 * The connections of this process's HTTP servers, so that a shutdown can end them in order. `server.close()` alone waits for
 * ever for a connection that never sent a request, and tells keep-alive clients nothing.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { reportInternalError, sharedState } from '@porthole/core/internal';
import type { Watch } from './inbound.js';

const SOCKET_CHANNEL = 'net.server.socket';
const REQUEST_CHANNEL = 'http.server.request.start';

/** Node's own fields of a server-side socket; `_httpMessage` is the answer that is being written on it. */
type ServerSocket = Socket & { readonly server?: unknown; readonly _httpMessage?: ServerResponse | null };

/** The connections seen so far. */
export interface Connections extends Watch {
  /**
   * From now on every answer says `Connection: close`; connections that carry no request are closed at once, the others
   * after the answer that they wait for. Servers keep listening: closing them is their owner's.
   */
  drain(): void;
}

/** Watches the connections of all `node:http` and `node:https` servers, apart from Porthole's own. */
export function watchConnections(): Connections {
  const unrecordedServers = sharedState('unrecorded-servers', () => new WeakSet<object>());
  const sockets = new Set<ServerSocket>();
  const servers = new Set<HttpServer | HttpsServer>();
  let draining = false;

  const onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: ServerSocket };
    const { server } = socket;
    if (!(server instanceof HttpServer || server instanceof HttpsServer) || unrecordedServers.has(server)) return;
    servers.add(server);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const onRequest = (message: unknown): void => {
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
    if (draining && !unrecordedServers.has((request.socket as ServerSocket).server as object)) {
      response.shouldKeepAlive = false;
    }
  };
  subscribe(SOCKET_CHANNEL, onSocket);
  subscribe(REQUEST_CHANNEL, onRequest);

  return {
    drain: () => {
      draining = true;
      try {
        for (const socket of sockets) {
          const response = socket._httpMessage;
          if (response) response.shouldKeepAlive = false;
          else if (socket.bytesRead === 0) socket.destroy();
        }
        for (const server of servers) server.closeIdleConnections();
      } catch (error) {
        reportInternalError('http', error);
      }
    },
    close: () => {
      unsubscribe(SOCKET_CHANNEL, onSocket);
      unsubscribe(REQUEST_CHANNEL, onRequest);
      sockets.clear();
      servers.clear();
    },
  };
}
