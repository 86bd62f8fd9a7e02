/** A file descriptor that is written to without waiting for its reader, as far as the system has a way for that. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/** Where lines go. */
export interface Output {
  readonly fd: number;
  /** Gives back what was opened; `fd` itself stays open if it is the caller's. */
  close(): void;
}

/**
 * Opens `fd` for writes that fail with `EAGAIN` where they would wait. A pipe is opened a second time through /proc, so that
 * the flag is set for us alone: `O_NONBLOCK` belongs to the open file, which other processes may share. For a socket, and
 * where /proc refuses (another user's pipe, macOS), the standard streams are put into the mode in which Node.js uses them
 * anyhow. Regular files and terminals take what they are given and stay as they are. Never throws.
 */
export function openOutput(fd: number): Output {
  const given = { fd, close: () => {} };
  try {
    const stats = fstatSync(fd);
    const own = stats.isFIFO() ? reopened(fd) : undefined;
    if (own === undefined && (stats.isFIFO() || stats.isSocket())) standardStream(fd);
    return own ?? given;
  } catch {
    // What is wrong with it, the first write will say.
    return given;
  }
}

function reopened(fd: number): Output | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND);
    return { fd: own, close: () => closeSync(own) };
  } catch {
    return undefined;
  }
}

/** Reading the property is what makes Node.js set `O_NONBLOCK`; nothing is written to the stream. */
function standardStream(fd: number): unknown {
  if (fd === 1) return process.stdout;
  return fd === 2 ? process.stderr : undefined;
}
