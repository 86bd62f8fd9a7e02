/**
 * The file beside the control socket whose time of change says when the event loop last turned: what a probe reads when the app
 * gives it no answer. It is there with `PORTHOLE_CONTROL=off`, too.
 */
import { readFileSync, statSync } from 'node:fs';
import { besideSocket, controlFiles } from './control-directory.js';

/** How often the app touches it. */
export const HEARTBEAT_INTERVAL_MS = 1000;

/** The heartbeat of a running process. */
export interface Heartbeat {
  readonly pid: number;
  /** How long ago it was, in milliseconds; not below 0. */
  readonly ageMs: number;
  readonly path: string;
}

/** What the app's witness has found to block its event loop, in one line; empty where it has none, or has found nothing. */
export function readBlockingStack({ path }: Heartbeat): string {
  try {
    return readFileSync(besideSocket(path, 'stack'), 'utf8');
  } catch {
    return '';
  }
}

/** Those of the running processes that this process's user may look for. */
export function findHeartbeats(configured: string): readonly Heartbeat[] {
  return controlFiles(configured, 'heartbeat').flatMap(({ path, pid }) => {
    try {
      return { path, pid, ageMs: Math.max(0, Date.now() - statSync(path).mtimeMs) };
    } catch {
      // It has ended just now.
      return [];
    }
  });
}
