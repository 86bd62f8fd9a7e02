/**
 * The client's side of the namespace proof: reads the nonce that the server holds. It needs `node:fs` alone, so that a probe
 * that bundles it stays small.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The header that carries the proof. */
export const PROOF_HEADER = 'porthole-proof';

/** The name that the nonce's file had before it was unlinked; the kernel still shows it in `/proc/<pid>/fd`. */
export function proofFileName(pid: number): string {
  return `${pid}.porthole-proof`;
}

/** The proof of process `pid`, or `undefined` where this process cannot give it. Never throws. */
export function readNamespaceProof(pid: number): string | undefined {
  const directory = `/proc/${pid}/fd`;
  const target = `/${proofFileName(pid)} (deleted)`;
  try {
    for (const fd of readdirSync(directory)) {
      const path = join(directory, fd);
      if (linkOf(path).endsWith(target)) return readFileSync(path, 'latin1');
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
