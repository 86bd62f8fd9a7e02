/** How long a shutdown may take. */
import { PortholeError } from '@porthole/core';
import { MAX_SHUTDOWN_DELAY_SHARE } from '@porthole/core/internal';
import type { LifecycleErrorCode } from './exit-hooks.js';

/** The times of a shutdown. */
export interface ShutdownTimes {
  /** From the first signal to the end of the process, the delay included; 10 to 3600000. */
  readonly deadlineMs: number;
  /** How long the service goes on serving after readiness has failed; three quarters of the deadline at most. */
  readonly delayMs: number;
}

const MIN_DEADLINE_MS = 10;
const MAX_DEADLINE_MS = 3_600_000;

/**
 * Cuts a delay that would leave no time for the shutdown itself.
 * @throws PortholeError `PORTHOLE_LIFECYCLE_OPTION` if a value is not allowed.
 */
export function resolveShutdownTimes({ deadlineMs, delayMs }: ShutdownTimes): ShutdownTimes {
  check('deadlineMs', deadlineMs, MIN_DEADLINE_MS);
  check('delayMs', delayMs, 0);
  return { deadlineMs, delayMs: Math.min(delayMs, MAX_SHUTDOWN_DELAY_SHARE * deadlineMs) };
}

function check(option: string, value: number, min: number): void {
  if (typeof value === 'number' && value >= min && value <= MAX_DEADLINE_MS) return;
  throw new PortholeError<LifecycleErrorCode>(
    `${option}: ${String(value)} is not valid: expected a number of milliseconds from ${min} to ${MAX_DEADLINE_MS}`,
    { code: 'PORTHOLE_LIFECYCLE_OPTION' },
  );
}
