/** The app's side of the control directory: it makes it. Clients find it, see `control-directory`. */
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { controlDirectoryName, controlFolders, currentUid } from './control-directory.js';

/** `sun_path` holds 108 bytes with the closing zero; Node.js silently truncates longer paths. */
const MAX_SOCKET_PATH_BYTES = 107;

const PRIVATE_MODE = 0o700;

/** Why none of the folders could be used. */
export interface UnusableFolder {
  readonly folder: string;
  readonly reason: string;
}

/**
 * Makes the directory in the first folder that takes it: our own, mode 0700 with any umask, and not a link.
 * Returns the path of this process's socket, or the problem of each folder.
 */
export function createControlDirectory(configured: string): string | readonly UnusableFolder[] {
  const unusable: UnusableFolder[] = [];
  for (const folder of controlFolders(configured)) {
    const directory = join(folder, controlDirectoryName());
    const path = join(directory, `${process.pid}.sock`);
    try {
      if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
        throw new Error(
          `the socket's path would have ${Buffer.byteLength(path)} bytes, ${MAX_SOCKET_PATH_BYTES} are allowed`,
        );
      }
      makePrivate(directory);
      return path;
    } catch (error) {
      unusable.push({ folder, reason: (error as Error).message });
    }
  }
  return unusable;
}

/** Why there is no control socket, and what to do, for those who must hear of it before the start or at it. */
export function noControlFolder(folders: readonly UnusableFolder[]): string {
  return `no folder can hold the control socket: ${reasonsOf(folders)}; set PORTHOLE_DIR to one that this user can write to, or PORTHOLE_CONTROL to "off"`;
}

/** Each folder with its reason. */
export function reasonsOf(folders: readonly UnusableFolder[]): string {
  return folders.map(({ folder, reason }) => `${folder} (${reason})`).join('; ');
}

function makePrivate(directory: string): void {
  try {
    mkdirSync(directory, { mode: PRIVATE_MODE });
    // Only if the umask requires it: chmod would follow a link put there meanwhile.
    const made = lstatSync(directory);
    if (made.isDirectory() && modeOf(made) !== PRIVATE_MODE) chmodSync(directory, PRIVATE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  assertPrivate(directory);
  // An earlier process may have made it before the file system became read-only.
  accessSync(directory, constants.W_OK | constants.X_OK);
}

function assertPrivate(directory: string): void {
  const stat = lstatSync(directory);
  if (!stat.isDirectory()) throw new Error(`${directory} is not a directory`);
  if (stat.uid !== currentUid()) throw new Error(`${directory} belongs to uid ${stat.uid}`);
  const mode = modeOf(stat);
  if (mode !== PRIVATE_MODE) throw new Error(`${directory} has mode 0${mode.toString(8)}, expected 0700`);
}

/** The permissions. */
function modeOf(stat: Stats): number {
  return stat.mode & 0o777;
}
