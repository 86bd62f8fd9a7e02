/** Why an app does not answer, by its heartbeat and its process. */
import { findHeartbeats, HEARTBEAT_INTERVAL_MS, readBlockingStack } from '@porthole/core/control';
import { inSeconds } from '@porthole/core/internal';
import { chooseControlSocket } from './choose-control-socket.js';
import { processState } from './process-state.js';

/** An app that gives no answer. */
export interface TimeoutDiagnosis {
  readonly blocked: boolean;
  /** Of its heartbeat; infinite if it is not known. */
  readonly ageMs: number;
  /** `event loop blocked for 11.4 s (pid 1 is running on the CPU)`. */
  readonly text: string;
}

/** A beat comes once a second, and may be as late as the event loop is busy. */
const BLOCKED_MS = 1.5 * HEARTBEAT_INTERVAL_MS;

/**
 * Reads the heartbeat of the app that is meant (the one that `chooseControlSocket` finds); `undefined` without one, or
 * if its process is gone. Takes 50 ms if the event loop is blocked or unknown, to see the state of the process.
 */
export async function diagnoseTimeout(directory: string): Promise<TimeoutDiagnosis | undefined> {
  const heartbeat = chooseControlSocket(findHeartbeats(directory), process.pid);
  if (heartbeat === undefined) return undefined;
  const { pid, ageMs } = heartbeat;
  if (ageMs !== undefined && ageMs < BLOCKED_MS) {
    return { blocked: false, ageMs, text: `its event loop turned ${inSeconds(ageMs)} ago` };
  }
  const state = await processState(pid);
  const doing = state === undefined ? `pid ${pid}` : `pid ${pid} ${state}`;
  if (ageMs === undefined) {
    const text = `its last heartbeat is in the future (${doing})`;
    return { blocked: false, ageMs: Number.POSITIVE_INFINITY, text };
  }
  const stack = readBlockingStack(heartbeat);
  const where = stack === '' ? '' : ` at ${stack}`;
  return { blocked: true, ageMs, text: `event loop blocked for ${inSeconds(ageMs)} (${doing})${where}` };
}
