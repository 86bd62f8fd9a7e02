/**
 * The proof that a caller on the control socket is in the same PID namespace and may look into the process: the server
 * holds a nonce in an open file that has no name any more, and only who can read it through `/proc/<pid>/fd` knows it.
 * The same user in another container gets ENOENT, another user EACCES. Without `/proc` (macOS), the directory's mode is
 * the only protection.
 *
 * The file also names the server's socket, so that clients send the nonce to no other. The remaining risk: the same
 * user in a container that shares the directory can write to it. Such a user can replace the socket between the
 * server's `bind` and the look at it here, or between the client's look and its `connect`. Node.js has no call that
 * does both at once.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createPrivateFile } from './create-private-file.js';
import { proofFileName, socketIdentity } from './prove-control-sockets.js';

const NONCE_BYTES = 32;

/** The server's side: checks the proofs of callers. */
export interface ControlProof {
  /** Whether `presented`, a header's value, proves it. */
  accepts(presented: unknown): boolean;
  close(): void;
}

/**
 * Creates the nonce for the server that listens on `socketPath`, which must be bound already. Throws if there is no
 * socket, or no file can be made beside it.
 */
export function createControlProof(socketPath: string): ControlProof {
  if (process.platform !== 'linux') return { accepts: () => true, close: () => {} };
  const identity = socketIdentity(socketPath);
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  let closed = false;
  const fd = holdUnlinked(join(dirname(socketPath), proofFileName(process.pid)), `${nonce} ${identity}`);
  return {
    accepts: (presented) =>
      typeof presented === 'string' &&
      presented.length === nonce.length &&
      timingSafeEqual(Buffer.from(presented, 'latin1'), Buffer.from(nonce, 'latin1')),
    close: () => {
      // The number of a file that is closed may be another file's by now.
      if (!closed) closeSync(fd);
      closed = true;
    },
  };
}

function holdUnlinked(path: string, content: string): number {
  // A process that was killed between the two calls below has left its file, and PID 1 has the same name at every
  // start.
  const fd = createPrivateFile(path);
  try {
    unlinkSync(path);
    writeSync(fd, content);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
