/**
 * Reads from a folder into which others may write, such as a control directory in a `/dev/shm` that containers share.
 * Their files hold up no reader, lead to no other file, and fill no memory. It needs `node:fs` alone, so that a probe
 * that bundles it stays small.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export interface ReadOptions {
  /** Whose file it has to be. */
  readonly uid: number;
  /** Later bytes are not read. */
  readonly maxBytes: number;
  /** Only for links that the kernel makes, such as `/proc/<pid>/fd/<n>`. @defaultValue false */
  readonly followsLink?: boolean;
}

export interface PrivateFile {
  readonly text: string;
  /** When it was written last, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/**
 * The beginning of a regular file; `undefined` if there is none, if it is another user's, or if it is a link, a pipe or
 * anything else. Never throws.
 */
export function readPrivateFile(path: string, { uid, maxBytes, followsLink }: ReadOptions): PrivateFile | undefined {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  let file: number | undefined;
  try {
    // Non-blocking: the open of a pipe waits for a writer otherwise.
    file = openSync(path, O_RDONLY | O_NONBLOCK | (followsLink ? 0 : O_NOFOLLOW));
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.uid !== uid) return undefined;
    const bytes = Buffer.allocUnsafe(maxBytes);
    return { text: bytes.toString('utf8', 0, readSync(file, bytes, 0, maxBytes, 0)), modifiedMs: stat.mtimeMs };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
