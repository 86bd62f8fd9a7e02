/** The event loop: whether it turns in time, and whether it has time left. For liveness or readiness. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthCheck } from '../health-check.js';
import { milliseconds, share } from '../option-value.js';

export interface EventLoopCheckOptions {
  /** How late a timer may be, in milliseconds, up to 3600000. @defaultValue 250 */
  readonly maxDelayMs?: number | undefined;
  /**
   * The share of the time since the check ran last that the loop may have been busy, above 0 and up to 1. @defaultValue
   * 1: not looked at
   */
  readonly maxUtilization?: number | undefined;
}

/** The timer that is looked at. */
const WAIT_MS = 10;

const MAX_DELAY_MS = 3_600_000;

/**
 * Fails if the event loop is late, or has been too busy since the last time. One that is given to two probes has run for both: make one for each.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('event-loop', eventLoopCheck({ maxDelayMs: 100, maxUtilization: 0.95 }));
 */
export function eventLoopCheck(options: EventLoopCheckOptions = {}): HealthCheck {
  const maxDelayMs = milliseconds('maxDelayMs', options.maxDelayMs ?? 250, 0, MAX_DELAY_MS);
  const maxUtilization = share('maxUtilization', options.maxUtilization ?? 1);
  let last = performance.eventLoopUtilization();
  return async ({ signal }) => {
    const startMs = performance.now();
    await sleep(WAIT_MS, undefined, { signal });
    const delayMs = performance.now() - startMs - WAIT_MS;
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, last);
    last = current;
    if (delayMs > maxDelayMs)
      throw new Error(`the event loop is ${Math.round(delayMs)} ms late, ${maxDelayMs} are allowed`);
    if (maxUtilization < 1 && utilization > maxUtilization) {
      throw new Error(
        `the event loop is busy for ${percent(utilization)} of its time, ${percent(maxUtilization)} are allowed`,
      );
    }
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
