/** One connection of a probe, over a Unix socket or TCP. */
import { openPipe } from './open-pipe.js';
import { openSocket } from './open-socket.js';

export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Hears what becomes of a connection. Of `ended` and `failed` one may still come after the connection was closed. */
export interface ConnectionListener {
  opened(): void;
  received(piece: Buffer): void;
  /** The peer has said all. */
  ended(): void;
  /** There is no connection; `wasThere` if the peer has broken one off. */
  failed(wasThere: boolean): void;
}

export interface Connection {
  write(text: string): void;
  close(): void;
}

/** Connects to `address`; `listener` hears of it later, never before this returns. */
export function openConnection(address: Address, listener: ConnectionListener): Connection {
  if (!('path' in address)) return openSocket(address, listener);
  return openPipe(address.path, listener) ?? openSocket(address, listener);
}
