/**
 * Work that goes on by itself, such as a queue's consumer: it calls `beat`, and the check fails without a call.
 */
import { performance } from 'node:perf_hooks';
import { inSeconds } from '@porthole/core/internal';
import type { HealthCheck } from '../health-check.js';
import { milliseconds } from '../option-value.js';

export interface HeartbeatCheckOptions {
  /** How long there may be no beat, in milliseconds; 1 to 2592000000, which are 30 days. */
  readonly maxAgeMs: number;
}

/** A check with the function that keeps it passing. */
export interface HeartbeatCheck {
  readonly check: HealthCheck;
  /** Reports that the work goes on. */
  beat(): void;
}

const MAX_AGE_MS = 2_592_000_000;

/**
 * Passes for `maxAgeMs` after it was made, and after each beat.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if `maxAgeMs` is not allowed.
 *
 * @example
 * const consumer = heartbeatCheck({ maxAgeMs: 60_000 });
 * health.liveness('consumer', consumer.check);
 * for await (const message of messages) { await handle(message); consumer.beat(); }
 */
export function heartbeatCheck(options: HeartbeatCheckOptions): HeartbeatCheck {
  const maxAgeMs = milliseconds('maxAgeMs', options.maxAgeMs, 1, MAX_AGE_MS);
  let lastMs = performance.now();
  return {
    beat: () => {
      lastMs = performance.now();
    },
    check: () => {
      const ageMs = performance.now() - lastMs;
      if (ageMs > maxAgeMs) throw new Error(`no beat for ${inSeconds(ageMs)}, ${maxAgeMs / 1000} s are allowed`);
    },
  };
}
