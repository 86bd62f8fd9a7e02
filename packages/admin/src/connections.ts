/**
 * The connections of a server, bounded: their number, and the bytes that wait on them. A server that turns new
 * connections away when it is full lets a few callers shut out the kubelet; this one closes the connection that is
 * needed least instead.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createRequestGate, type RequestGate } from './request-gate.js';

export interface ConnectionsOptions {
  /** Connections at a time. */
  readonly max: number;
  /** Bytes of requests, over all connections, that wait for the answers before them. */
  readonly maxHeldBytes: number;
  /** Runs a function in a later turn of the event loop. */
  readonly takeTurn: (work: () => void) => void;
  /** Called for each connection that is closed because a bound is reached. */
  readonly onEvict: () => void;
}

export interface Connections {
  /**
   * Marks the connection of `request` as in use until `response` is closed. Returns false if a request of the same
   * connection is still being answered: then neither is to be answered.
   */
  occupy(request: IncomingMessage, response: ServerResponse): boolean;
  /** Notes that the caller on `socket` has been sent something, or is about to be. */
  progress(socket: Socket): void;
  /** Closes those on which nothing is being answered, the ones that never sent a request among them. */
  closeIdle(): void;
}

interface Connection {
  readonly gate: RequestGate;
  /** An answer is being made, or written. */
  phase: 'idle' | 'answering' | 'writing';
  heldBytes: number;
}

/** Bounds the connections of `server`, and lets none of them keep the process alive. */
export function trackConnections(server: Server, options: ConnectionsOptions): Connections {
  const { max, maxHeldBytes, takeTurn, onEvict } = options;
  // A map keeps the order of insertion, so the first is the one that has made no progress for longest.
  const connections = new Map<Socket, Connection>();
  let heldBytes = 0;

  server.on('connection', (socket: Socket) => {
    socket.unref();
    const gate = createRequestGate(socket, { takeTurn, onHeld: (bytes) => hold(socket, connection, bytes) });
    const connection: Connection = { gate, phase: 'idle', heldBytes: 0 };
    connections.set(socket, connection);
    if (connections.size > max) evictFor(socket);
    socket.once('close', () => connections.delete(socket));
  });

  function hold(socket: Socket, connection: Connection, bytes: number): void {
    heldBytes += bytes - connection.heldBytes;
    connection.heldBytes = bytes;
    if (heldBytes <= maxHeldBytes) return;
    const first = find((other) => other.heldBytes > 0);
    drop(first ?? socket);
    onEvict();
  }

  /**
   * Closes the connection that has been idle longest; if none is, one whose caller does not read; else `newcomer`
   * itself.
   */
  function evictFor(newcomer: Socket): void {
    const idle = find(({ phase }, socket) => phase === 'idle' && socket !== newcomer);
    drop(idle ?? find(({ phase, heldBytes }) => phase === 'writing' || heldBytes > 0) ?? newcomer);
    onEvict();
  }

  function find(matches: (connection: Connection, socket: Socket) => boolean): Socket | undefined {
    for (const [socket, connection] of connections) {
      if (matches(connection, socket)) return socket;
    }
    return undefined;
  }

  function drop(socket: Socket): void {
    const connection = connections.get(socket);
    connections.delete(socket);
    if (connection !== undefined) {
      heldBytes -= connection.heldBytes;
      connection.heldBytes = 0;
    }
    socket.destroy();
  }

  /** Moves it to the end. */
  function touch(socket: Socket): Connection | undefined {
    const connection = connections.get(socket);
    if (connection !== undefined && connections.delete(socket)) connections.set(socket, connection);
    return connection;
  }

  return {
    occupy: (request, response) => {
      const { socket } = request;
      const connection = connections.get(socket);
      if (connection === undefined || !connection.gate.close(request)) return false;
      connection.phase = 'answering';
      response.once('close', () => {
        touch(socket);
        connection.phase = 'idle';
        if (server.listening) connection.gate.open();
        else socket.destroySoon();
      });
      return true;
    },
    progress: (socket) => {
      const connection = touch(socket);
      if (connection !== undefined) connection.phase = 'writing';
    },
    closeIdle: () => {
      for (const [socket, { phase }] of connections) {
        if (phase === 'idle') drop(socket);
      }
    },
  };
}
