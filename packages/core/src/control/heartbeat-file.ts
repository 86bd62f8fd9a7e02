/**
 * The file beside the control socket with the last turn of the event loop: a probe reads it when the app gives no
 * answer. It is there with `PORTHOLE_CONTROL=off`, too.
 *
 * It holds the time on the steady clock, which all processes of a machine share and which is never set. The
 * modification time is wall-clock time, and is used if the file is empty, as on a full disk.
 */
import { besideSocket, controlFiles } from './control-directory.js';
import { preferOwn, trustedOwner } from './process-owner.js';
import { type PrivateFile, readPrivateFile } from './read-private-file.js';

/** How often the app writes it. */
export const HEARTBEAT_INTERVAL_MS = 1000;

/** The additional text of a probe. */
const MAX_STACK_BYTES = 4096;

const MAX_BEAT_BYTES = 32;

/** The heartbeat of a running process. */
export interface Heartbeat {
  readonly pid: number;
  /**
   * How long ago it was, in milliseconds, not below 0; `undefined` if its time is in the future, which has no meaning.
   */
  readonly ageMs: number | undefined;
  readonly path: string;
  /** The user who has written it, and whose process it is. */
  readonly uid: number;
}

/**
 * The blocking code that the app's watchdog has found, in one line; empty without a watchdog or a finding.
 */
export function readBlockingStack({ path, uid }: Heartbeat): string {
  return readPrivateFile(besideSocket(path, 'stack'), { uid, maxBytes: MAX_STACK_BYTES })?.text ?? '';
}

/**
 * Those of the running processes that this process's user may look for, and that the process's own user has written.
 */
export function findHeartbeats(configured: string): readonly Heartbeat[] {
  const heartbeats = controlFiles(configured, 'heartbeat').flatMap(({ path, pid }) => {
    const uid = trustedOwner(path, pid);
    if (uid === undefined) return [];
    const file = readPrivateFile(path, { uid, maxBytes: MAX_BEAT_BYTES });
    return file ? [{ path, pid, uid, ageMs: ageOf(file) }] : [];
  });
  return preferOwn(heartbeats);
}

function ageOf({ text, modifiedMs }: PrivateFile): number | undefined {
  const beat = /^\d{1,15}\n/.exec(text)?.[0];
  const ageMs = beat === undefined ? Date.now() - modifiedMs : steadyMs() - Number(beat);
  // A clock may be a little behind another: that of a file server, for one.
  return ageMs < -HEARTBEAT_INTERVAL_MS ? undefined : Math.max(0, ageMs);
}

/** Milliseconds on the clock of the machine that is never set, CLOCK_MONOTONIC. */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}
