/** A file descriptor that is written to without waiting for its reader, as far as the system has a way for that. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** An output for text. */
export interface Output {
  readonly fd: number;
  /** Closes the opened file; `fd` itself stays open if it is the caller's. */
  close(): void;
}

/**
 * Opens `fd` for writes that fail with `EAGAIN` if they would wait. A pipe or a terminal is opened a second time
 * through /proc, so that the flag is set for us alone: `O_NONBLOCK` belongs to the open file, which other processes may
 * share. For a socket, and if /proc refuses a pipe (another user's, macOS), the standard streams get the mode in which
 * Node.js uses them anyhow. A terminal of another user is opened as /dev/tty if it is the one that controls this
 * process. Otherwise, and on macOS, its writes wait: Node.js has no call that would set the flag, and a thread that
 * waits in a write could not be ended. Regular files stay as they are. Never throws.
 */
export function openOutput(fd: number): Output {
  const given = { fd, close: () => {} };
  try {
    const stats = fstatSync(fd);
    if (isatty(fd)) return reopened(`/proc/self/fd/${fd}`) ?? controllingTerminal(stats.rdev) ?? given;
    const own = stats.isFIFO() ? reopened(`/proc/self/fd/${fd}`) : undefined;
    if (own === undefined && (stats.isFIFO() || stats.isSocket())) standardStream(fd);
    return own ?? given;
  } catch {
    // The first write reports its mistake.
    return given;
  }
}

function reopened(path: string): Output | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const { O_WRONLY, O_NONBLOCK, O_APPEND, O_NOCTTY } = constants;
    const own = openSync(path, O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY);
    return { fd: own, close: () => closeSync(own) };
  } catch {
    return undefined;
  }
}

/**
 * The terminal `device`, of any owner, if it controls this process: an entry point that is root's has changed the
 * user.
 */
function controllingTerminal(device: number): Output | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // `tty_nr` of proc_pid_stat(5), counted from behind the name, which may hold anything.
    const terminal = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4]);
    return terminal === device ? reopened('/dev/tty') : undefined;
  } catch {
    return undefined;
  }
}

/** Reading the property makes Node.js set `O_NONBLOCK`; nothing is written to the stream. */
function standardStream(fd: number): unknown {
  if (fd === 1) return process.stdout;
  return fd === 2 ? process.stderr : undefined;
}
