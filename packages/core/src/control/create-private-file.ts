/**
 * Creating and removing in a folder into which others may write, such as a control directory in a `/dev/shm` that
 * containers share: their files are neither written through nor left in the way.
 */
import { closeSync, constants, fchmodSync, openSync, rmdirSync, unlinkSync } from 'node:fs';

/**
 * Creates an empty regular file with mode 0600, with any umask, and returns its descriptor, open for reading and
 * writing. An earlier file of its name is removed before.
 * @throws if that cannot be removed, as a directory with something in it, or if no file can be created.
 */
export function createPrivateFile(path: string): number {
  removePrivateFile(path);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    fchmodSync(file, 0o600);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Removes the file of this name, and not the target of a link; does nothing if there is nothing.
 * @throws if it cannot be removed, as a directory with something in it.
 */
export function removePrivateFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    // A directory, on Linux and on macOS.
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    rmdirSync(path);
  }
}
