/**
 * The client's side of the proof that control sockets ask for (see `control-proof`): reads it from the server's open
 * file, for the very socket that the server has bound. It needs `node:fs` alone, so that a probe that bundles it stays
 * small.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { ControlSocket } from './control-directory.js';
import { preferOwn, trustedOwner } from './process-owner.js';
import { readPrivateFile } from './read-private-file.js';

/** More than a proof has: 64 digits and the two numbers of a socket. */
const MAX_PROOF_BYTES = 160;

/** The header that carries the proof. */
export const PROOF_HEADER = 'porthole-proof';

/** A verified control socket, with the proof to send on it in `PROOF_HEADER`. */
export interface ProvenControlSocket extends ControlSocket {
  readonly proof: string;
}

/**
 * Those of `sockets` on which this process may ask. A socket that another has put in the place of the app's is left
 * out. So is one whose process this user may not inspect. Without `/proc` all are in, with an empty proof. Never
 * throws.
 */
export function proveControlSockets(sockets: readonly ControlSocket[]): readonly ProvenControlSocket[] {
  if (process.platform !== 'linux') return sockets.map((socket) => ({ ...socket, proof: '' }));
  const proven = sockets.flatMap((socket) => {
    const held = readHeldProof(socket);
    return held === undefined ? [] : [{ pid: socket.pid, uid: held.uid, socket: { ...socket, proof: held.nonce } }];
  });
  return preferOwn(proven).map(({ socket }) => socket);
}

/** The nonce, and the user who has the socket, its folder and the process. */
function readHeldProof({ pid, path }: ControlSocket): { readonly nonce: string; readonly uid: number } | undefined {
  const directory = `/proc/${pid}/fd`;
  const target = `/${proofFileName(pid)} (deleted)`;
  try {
    const identity = socketIdentity(path);
    const uid = trustedOwner(path, pid);
    if (uid === undefined) return undefined;
    for (const fd of readdirSync(directory)) {
      // Not by `join`, whose loop over each character is long enough for V8 to compile it: a probe would pay for that,
      // in memory too.
      const file = `${directory}/${fd}`;
      if (!linkOf(file).endsWith(target)) continue;
      const text = readPrivateFile(file, { uid, maxBytes: MAX_PROOF_BYTES, followsLink: true })?.text;
      const [nonce = '', heldIdentity] = (text ?? '').split(' ');
      if (heldIdentity === identity) return { nonce, uid };
    }
  } catch {
    // Another user's process, or none: the caller says what it could not reach.
  }
  return undefined;
}

/**
 * The identity of the socket at `path`, for as long as a process has it open; a path does not, since another
 * file may be moved there. Throws if there is no socket.
 */
export function socketIdentity(path: string): string {
  // Inodes may need more than the 53 bits of a number.
  const stat = lstatSync(path, { bigint: true });
  if (!stat.isSocket()) throw new Error(`${path} is not a socket`);
  return `${stat.dev}:${stat.ino}`;
}

/** The name that the nonce's file had before it was unlinked; the kernel still shows it in `/proc/<pid>/fd`. */
export function proofFileName(pid: number): string {
  return `${pid}.porthole-proof`;
}

/** The target of the link at `path`; empty if there is none. Never throws. */
export function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
