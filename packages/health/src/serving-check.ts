/** The check of readiness that is set rather than run. */
import type { CheckRunner } from './check-runner.js';
import type { CheckResult } from './probe-result.js';

/** Its name, after gRPC's health states. */
export const SERVING = 'serving';

/** Passes until it is told otherwise. */
export interface ServingCheck extends CheckRunner {
  latest(): CheckResult;
  isOn(): boolean;
  /** Makes it fail for `reason`, or pass. */
  set(reason: string | undefined): void;
}

export function createServingCheck(now: () => number): ServingCheck {
  let reason: string | undefined;
  const latest = (): CheckResult => {
    const result = { name: SERVING, critical: true, durationMs: 0, checkedAtMs: now() };
    return reason === undefined ? { ...result, status: 'pass' } : { ...result, status: 'fail', reason };
  };
  return {
    name: SERVING,
    critical: true,
    groups: [],
    run: async () => latest(),
    latest,
    isOn: () => reason === undefined,
    set: (why) => {
      reason = why;
    },
    close: () => {},
  };
}
