/**
 * A connection to a Unix socket on the handle that `node:net` itself is made of. A probe runs every few seconds for as
 * long as its service does; `node:net` and the streams below it are a fifth to a third of all that Node.js does in one,
 * the handle is next to nothing.
 *
 * Node.js keeps its handles to itself, and may change them in any release line: they are used on the lines that the
 * tests run on, and if anything is not as expected the caller takes `node:net`.
 */
import { processEnvironment } from '@porthole/core/internal';
import type { Connection, ConnectionListener } from './connection.js';

/** The release lines on which this is tested. */
const TESTED_LINES: readonly string[] = ['20', '22', '24', '26'];

/** libuv's `UV_EOF`. */
const END_OF_FILE = -4095;

/**
 * `process.binding`, as far as it is used; its documentation deprecates it (DEP0111), with a warning under
 * `--pending-deprecation`.
 */
interface Bindings {
  binding(name: 'pipe_wrap'): {
    readonly Pipe: new (type: number) => Pipe;
    readonly PipeConnectWrap: new () => { oncomplete: ((status: number) => void) | undefined };
    readonly constants: { readonly SOCKET: number };
  };
  binding(name: 'stream_wrap'): {
    readonly WriteWrap: new () => object;
    readonly kReadBytesOrError: number;
    readonly kArrayBufferOffset: number;
    readonly streamBaseState: Readonly<Int32Array>;
  };
}

interface Pipe {
  onread: ((piece: ArrayBuffer | undefined) => void) | undefined;
  connect(request: object, path: string): number;
  readStart(): number;
  writeUtf8String(request: object, text: string): number;
  close(): void;
}

/** Connects to the socket at `path`; `undefined` if this way is not open, and `listener` got no event then. */
export function openPipe(path: string, listener: ConnectionListener): Connection | undefined {
  if (!TESTED_LINES.includes(process.versions.node.split('.')[0] as string) || warnsOfBindings()) return undefined;
  try {
    return connect(process as unknown as Bindings, path, listener);
  } catch {
    // Under the permission model, for one.
    return undefined;
  }
}

function connect(node: Bindings, path: string, listener: ConnectionListener): Connection | undefined {
  const { Pipe, PipeConnectWrap, constants } = node.binding('pipe_wrap');
  const { WriteWrap, kReadBytesOrError, kArrayBufferOffset, streamBaseState } = node.binding('stream_wrap');
  const pipe = new Pipe(constants.SOCKET);
  const request = new PipeConnectWrap();
  let closed = false;

  pipe.onread = (piece) => {
    const bytesOrError = streamBaseState[kReadBytesOrError] as number;
    if (closed || bytesOrError === 0) return;
    if (piece !== undefined) listener.received(Buffer.from(piece, streamBaseState[kArrayBufferOffset], bytesOrError));
    else if (bytesOrError === END_OF_FILE) listener.ended();
    else listener.failed(true);
  };
  request.oncomplete = (status) => {
    if (closed) return;
    if (status !== 0 || pipe.readStart() !== 0) listener.failed(false);
    else listener.opened();
  };
  // Some errors come here, others later to the request; `node:net` reports both alike.
  if (pipe.connect(request, path) !== 0) {
    pipe.close();
    return undefined;
  }
  return {
    write: (text) => {
      // A connection that fails here has ended. Earlier data of the peer is still read, and then its end.
      pipe.writeUtf8String(new WriteWrap(), text);
    },
    close: () => {
      if (!closed) pipe.close();
      closed = true;
    },
  };
}

function warnsOfBindings(): boolean {
  const { NODE_OPTIONS = '', NODE_PENDING_DEPRECATION } = processEnvironment();
  return (
    NODE_PENDING_DEPRECATION === '1' || [NODE_OPTIONS, ...process.execArgv].join(' ').includes('pending-deprecation')
  );
}
