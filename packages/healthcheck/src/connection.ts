/** A connection to an app, whatever carries it. */

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
