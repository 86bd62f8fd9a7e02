/**
 * The place of the control socket: `porthole-<uid>-<inode of the PID namespace>/<pid>.sock`, in the configured folder,
 * else the temp dir, else `/dev/shm`. The name keeps apart the containers of one pod, which may share `/dev/shm` and
 * the uid. The app makes the directory, its clients look in all places.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { processEnvironment } from '../config/process-environment.js';

/** A control socket that was found. */
export interface ControlSocket {
  readonly path: string;
  readonly pid: number;
}

/** The folders that may hold the directory, in the order in which they are tried. */
export function controlFolders(configured: string): readonly string[] {
  return configured === '' ? [...new Set([temporaryFolder(), '/dev/shm'])] : [configured];
}

/** As `tmpdir` of `node:os`, which would be one module more for a probe to load. */
function temporaryFolder(): string {
  const { TMPDIR, TMP, TEMP } = processEnvironment();
  const folder = TMPDIR || TMP || TEMP || '/tmp';
  return folder.length > 1 && folder.endsWith('/') ? folder.slice(0, -1) : folder;
}

/** The directory's own name for `uid` in this PID namespace. */
export function controlDirectoryName(uid: number = currentUid()): string {
  return `porthole-${uid}-${pidNamespaceInode()}`;
}

/** The file of the same process beside its socket, or beside another such file: `<pid>.<ending>`. */
export function besideSocket(path: string, ending: string): string {
  return path.replace(/\.\w+$/, `.${ending}`);
}

/**
 * The control sockets of running processes that this process's user may look for, in all places. It is not checked
 * whose they are: see `proveControlSockets`.
 */
export function findControlSockets(configured: string): readonly ControlSocket[] {
  return controlFiles(configured, 'sock');
}

/**
 * The files `<pid>.<ending>` of running processes. Paths are put together by hand and names taken apart without regular
 * expressions: that is a good part of the cost of a probe. Directories that are not the private ones of the user they
 * are named after are passed over: its files are not the app's.
 */
export function controlFiles(configured: string, ending: string): readonly ControlSocket[] {
  const files: ControlSocket[] = [];
  for (const folder of controlFolders(configured)) {
    for (const name of directoryNames(folder)) {
      const directory = `${folder}/${name}`;
      if (!isPrivate(directory, uidOf(name))) continue;
      for (const entry of list(directory)) {
        const pid = Number(entry.split('.', 1)[0]);
        if (pid >= 1 && entry === `${pid}.${ending}` && isRunning(pid))
          files.push({ path: `${directory}/${entry}`, pid });
      }
    }
  }
  return files;
}

/** Root looks at all users' directories of this PID namespace, everybody else at their own. */
function directoryNames(folder: string): readonly string[] {
  if (currentUid() !== 0) return [controlDirectoryName()];
  const ofThisNamespace = `-${pidNamespaceInode()}`;
  return list(folder).filter((name) => name.startsWith('porthole-') && name.endsWith(ofThisNamespace));
}

/** The uid in the name of a control directory; `NaN`, which no user has, if the name has none. */
function uidOf(name: string): number {
  return Number(name.split('-')[1]);
}

function isPrivate(directory: string, uid: number): boolean {
  try {
    const stat = lstatSync(directory);
    return stat.isDirectory() && stat.uid === uid && (stat.mode & 0o777) === 0o700;
  } catch {
    return false;
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The inode that names this PID namespace; 0 if the system has none (macOS). */
function pidNamespaceInode(): number {
  try {
    return statSync('/proc/self/ns/pid').ino;
  } catch {
    return 0;
  }
}

export function currentUid(): number {
  return process.getuid?.() ?? 0;
}
