/**
 * Creating and removing in a folder into which others may write, such as a control directory in a `/dev/shm` that
 * containers share: what they put there is neither written through nor left in the way.
 */
import { closeSync, constants, fchmodSync, openSync, rmdirSync, unlinkSync } from 'node:fs';

/**
 * Creates an empty regular file with mode 0600, whatever the umask, and returns its descriptor, open for reading and
 * writing. What has its name is removed before.
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
 * Removes what has this name, and nothing that it leads to; does nothing if there is nothing.
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
