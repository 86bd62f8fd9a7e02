/** A connection to an app, over a Unix socket or TCP. */

export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Gets the events of a connection. Of `ended` and `failed` one may still come after the connection was closed. */
export interface ConnectionListener {
  opened(): void;
  received(piece: Buffer): void;
  /** The peer has sent all. */
  ended(): void;
  /** There is no connection; `wasThere` if the peer has broken one off. */
  failed(wasThere: boolean): void;
}

export interface Connection {
  write(text: string): void;
  close(): void;
}
