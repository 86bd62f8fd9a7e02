/**
 * One request at a time on a connection. A chunk of 64 KiB holds nearly two thousand pipelined requests, and Node.js
 * parses and answers all of them before it does anything else. Here the parser gets the bytes of a request when the
 * answer before it has left.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface RequestGateOptions {
  /** Runs a function in a later turn of the event loop, so that one connection does not hold it. */
  readonly takeTurn: (work: () => void) => void;
  /** Called with the number of bytes that wait, whenever it changes. */
  readonly onHeld: (bytes: number) => void;
}

export interface RequestGate {
  /**
   * Lets nothing through but the body of `request`. Returns false if the gate is closed already: two requests came
   * through.
   */
  close(request: IncomingMessage): boolean;
  /** The answer has left: the next request may come through. */
  open(): void;
}

const CHUNKS_PER_CONNECTION = 2;

const CR = 13;
const LF = 10;

/**
 * Stands between `socket` and the parser that the HTTP server has attached to it; for a listener of the server's event
 * `connection`.
 */
export function createRequestGate(socket: Socket, { takeTurn, onHeld }: RequestGateOptions): RequestGate {
  const parsers = socket.listeners('data');
  let held: Buffer | undefined;
  let closed = false;
  let hasBody = false;
  let waitsForTurn = false;
  const findEnd = createHeadEnd();

  socket.removeAllListeners('data');
  // Pulled and not pushed: Node.js resumes the socket by itself whenever a request is over.
  socket.on('readable', () => {
    if (!waitsForTurn) feed();
  });
  socket.once('close', () => hold(undefined));

  function feed(): void {
    while (!socket.destroyed && (!closed || hasBody)) {
      held ??= (socket.read() as Buffer | null) ?? undefined;
      if (held === undefined) break;
      const end = closed ? held.length : findEnd(held);
      const piece = held.subarray(0, end);
      held = end === held.length ? undefined : held.subarray(end);
      for (const parse of parsers) parse.call(socket, piece);
    }
    // `read(0)` makes the stream emit `end`.
    if (socket.readableLength === 0) socket.read(0);
    hold(socket.destroyed ? undefined : held);
  }

  function hold(bytes: Buffer | undefined): void {
    held = bytes;
    // The whole chunk stays in memory for as long as a part of it does, and the stream has read as much again.
    onHeld(bytes === undefined ? 0 : bytes.buffer.byteLength * CHUNKS_PER_CONNECTION);
  }

  return {
    close: ({ headers }) => {
      if (closed) return false;
      closed = true;
      hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
      return true;
    },
    open: () => {
      closed = false;
      hasBody = false;
      if (waitsForTurn) return;
      waitsForTurn = true;
      takeTurn(() => {
        waitsForTurn = false;
        feed();
      });
    },
  };
}

/**
 * Makes a function that finds the end of the current head, an empty line. It returns the index after the end, or the
 * length of the chunk if the head goes on after it. Empty lines before a head are part of it, as they are for the
 * parser, which refuses lines that end otherwise.
 */
function createHeadEnd(): (chunk: Buffer) => number {
  let begun = false;
  let matched = 0;
  return (chunk) => {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte !== CR && byte !== LF) {
        begun = true;
        matched = 0;
      } else if (begun) {
        if (byte === (matched % 2 === 0 ? CR : LF)) matched++;
        else matched = byte === CR ? 1 : 0;
        if (matched === 4) {
          begun = false;
          matched = 0;
          return i + 1;
        }
      }
    }
    return chunk.length;
  };
}
