/** The check of readiness that is set rather than run. */
import type { CheckResult } from './probe-result.js';

/** Its name, after gRPC's health states. */
export const SERVING = 'serving';

/** Passes until it is told otherwise. */
export interface ServingCheck {
  latest(): CheckResult;
  isOn(): boolean;
  /** Makes it fail for `reason`, or pass. Does nothing after `end`. */
  set(reason: string | undefined): void;
  /** Makes it fail for good; the first reason stays. */
  end(reason: string): void;
}

export function createServingCheck(now: () => number): ServingCheck {
  let reason: string | undefined;
  let hasEnded = false;
  return {
    latest: () => {
      const result = { name: SERVING, critical: true, durationMs: 0, checkedAtMs: now() };
      return reason === undefined ? { ...result, status: 'pass' } : { ...result, status: 'fail', reason };
    },
    isOn: () => reason === undefined,
    set: (why) => {
      if (!hasEnded) reason = why;
    },
    end: (why) => {
      if (!hasEnded) reason = why;
      hasEnded = true;
    },
  };
}
