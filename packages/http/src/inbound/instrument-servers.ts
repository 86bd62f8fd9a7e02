/** Finds the web servers of this process. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { guardedListener } from '@porthole/core/internal';
import { isWatchedServer, type WebServer } from './web-server.js';

const LISTEN_CHANNEL = 'tracing:net.server.listen:asyncEnd';
const SOCKET_CHANNEL = 'net.server.socket';

/** A connection that a server has accepted; Node.js keeps the server on it. */
type AcceptedSocket = Socket & { readonly server?: unknown };

/**
 * Calls `visit` for each watched server when it begins to listen, and again at each connection. A server may have been
 * listening before, and gets more listeners while it serves. The returned function ends it.
 */
export function instrumentServers(visit: (server: WebServer, socket: Socket | undefined) => void): () => void {
  const onListen = guardedListener('http', ({ server }: { readonly server: unknown }) => {
    if (isWatchedServer(server)) visit(server, undefined);
  });
  const onSocket = guardedListener('http', ({ socket }: { readonly socket: AcceptedSocket }) => {
    if (isWatchedServer(socket.server)) visit(socket.server, socket);
  });
  subscribe(LISTEN_CHANNEL, onListen);
  subscribe(SOCKET_CHANNEL, onSocket);
  return () => {
    unsubscribe(LISTEN_CHANNEL, onListen);
    unsubscribe(SOCKET_CHANNEL, onSocket);
  };
}
