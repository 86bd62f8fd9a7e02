/**
 * The connections of a server, bounded. A server that turns new connections away when it is full lets one idle client shut
 * out the kubelet; this one closes the connection that has been idle longest instead.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Marks `socket` as in use until `response` is closed. */
  occupy(socket: Socket, response: ServerResponse): void;
  /** Closes those on which nothing is being answered, the ones that never sent a request among them. */
  closeIdle(): void;
}

/** Bounds the connections of `server` to `max`, and lets none of them keep the process alive. */
export function trackConnections(server: Server, max: number): Connections {
  // A set keeps the order of insertion, so the first idle one is the oldest.
  const sockets = new Set<Socket>();
  const answering = new Map<Socket, number>();

  server.on('connection', (socket: Socket) => {
    socket.unref();
    sockets.add(socket);
    if (sockets.size > max) drop(oldestIdle());
    socket.once('close', () => {
      sockets.delete(socket);
      // Up to Node.js 22, a response that still waits for its turn never closes.
      answering.delete(socket);
    });
  });

  /** The new connection itself, where all others are in use. */
  function oldestIdle(): Socket | undefined {
    for (const socket of sockets) {
      if (!answering.has(socket)) return socket;
    }
    return undefined;
  }

  function drop(socket: Socket | undefined): void {
    if (socket === undefined) return;
    sockets.delete(socket);
    socket.destroy();
  }

  return {
    occupy: (socket, response) => {
      answering.set(socket, (answering.get(socket) ?? 0) + 1);
      response.once('close', () => {
        const left = (answering.get(socket) ?? 1) - 1;
        if (left === 0) answering.delete(socket);
        else answering.set(socket, left);
        // Moves it to the end: it has just been of use.
        if (sockets.delete(socket)) sockets.add(socket);
        if (!server.listening && left === 0) socket.destroySoon();
      });
    },
    closeIdle: () => {
      for (const socket of sockets) {
        if (!answering.has(socket)) drop(socket);
      }
    },
  };
}
