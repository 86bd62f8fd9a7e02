/**
 * The proof that a caller on the control socket is in the same PID namespace and may look into the process: the server holds
 * a nonce in an open file that has no name any more, and only who can read it through `/proc/<pid>/fd` knows it. The same
 * user in another container gets ENOENT, another user EACCES. Where there is no `/proc` (macOS), the directory's mode is all.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The header that carries the proof. */
export const PROOF_HEADER = 'porthole-proof';

const NONCE_BYTES = 32;
const FILE_NAME = 'porthole-proof';

/** The server's side: checks what callers present. */
export interface NamespaceProof {
  /** Whether `presented`, a header's value, proves it. */
  accepts(presented: unknown): boolean;
  close(): void;
}

/** Creates the nonce in the directory of `socketPath`. Throws where no file can be made there. */
export function createNamespaceProof(socketPath: string): NamespaceProof {
  if (process.platform !== 'linux') return { accepts: () => true, close: () => {} };
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  const path = join(dirname(socketPath), `${process.pid}.${FILE_NAME}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  writeSync(fd, nonce);
  return {
    accepts: (presented) =>
      typeof presented === 'string' &&
      presented.length === nonce.length &&
      timingSafeEqual(Buffer.from(presented, 'latin1'), Buffer.from(nonce, 'latin1')),
    close: () => closeSync(fd),
  };
}

/** The client's side: the proof of process `pid`, or `undefined` where this process cannot give it. */
export function readNamespaceProof(pid: number): string | undefined {
  const directory = `/proc/${pid}/fd`;
  try {
    for (const fd of readdirSync(directory)) {
      const path = join(directory, fd);
      if (linkOf(path).endsWith(`/${pid}.${FILE_NAME} (deleted)`)) return readFileSync(path, 'latin1');
    }
  } catch {
    // Another user's process, or none: the caller says what it could not reach.
  }
  return undefined;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
