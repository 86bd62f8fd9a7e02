/** The user who runs a process; only this user's files in a control directory are trusted. */
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { currentUid } from './control-directory.js';

/**
 * The user who has `path` and its folder and runs `pid`; `undefined` if these are several, or one of them is not there.
 * Never throws.
 */
export function trustedOwner(path: string, pid: number): number | undefined {
  try {
    const { uid } = lstatSync(path);
    const folder = lstatSync(path.slice(0, path.lastIndexOf('/')));
    return folder.uid === uid && runsAs(pid, uid) ? uid : undefined;
  } catch {
    return undefined;
  }
}

/** Without `/proc` (macOS) nothing is known, and it is taken to be so. */
function runsAs(pid: number, uid: number): boolean {
  if (process.platform !== 'linux') return true;
  const directory = `/proc/${pid}`;
  if (statSync(directory).uid === uid) return true;
  // A process that may not be dumped, as one whose program has capabilities, has files of root's there (proc(5)), and
  // its own uid in this one.
  const effective = /^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`${directory}/status`, 'utf8'))?.[1];
  return effective !== undefined && Number(effective) === uid;
}

/**
 * For root, which sees the files of all users: its own and those of pid 1 alone, if there are any of its own. Another
 * user may have been there before the app, and is not to be asked in its place. Everybody else has only seen their own.
 */
export function preferOwn<File extends { readonly pid: number; readonly uid: number }>(
  files: readonly File[],
): readonly File[] {
  const ownUid = currentUid();
  if (!files.some(({ uid }) => uid === ownUid)) return files;
  return files.filter(({ pid, uid }) => pid === 1 || uid === ownUid);
}
