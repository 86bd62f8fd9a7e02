/** The check of readiness and startup that is set rather than run. */
import type { CheckResult } from './probe-result.js';

/** Its name, after gRPC's health states. */
export const SERVING = 'serving';

/** The probes that it is a part of. */
export type ServingProbe = 'ready' | 'startup';

/** Passes until it is set to fail. */
export interface ServingCheck {
  latest(probe: ServingProbe): CheckResult;
  isOn(probe: ServingProbe): boolean;
  /** Makes readiness and startup fail for `reason` until the function that is returned is called, or `set(undefined)`. */
  await(reason: string): () => void;
  /** Makes readiness fail for `reason`, or pass. Does nothing after `end`. */
  set(reason: string | undefined): void;
  /** Makes readiness fail for good; the first reason stays. */
  end(reason: string): void;
}

export function createServingCheck(now: () => number): ServingCheck {
  let reason: string | undefined;
  let hasEnded = false;
  let awaited: string | undefined;
  const reasonOf = (probe: ServingProbe): string | undefined => (probe === 'ready' ? reason : undefined) ?? awaited;
  return {
    latest: (probe) => {
      const result = { name: SERVING, critical: true, durationMs: 0, checkedAtMs: now() };
      const why = reasonOf(probe);
      if (why === undefined) return { ...result, status: 'pass' };
      return { ...result, status: 'fail', reason: why, ...(why === awaited ? { isPublic: true } : {}) };
    },
    isOn: (probe) => reasonOf(probe) === undefined,
    await: (why) => {
      awaited = why;
      return () => {
        awaited = undefined;
      };
    },
    set: (why) => {
      if (why === undefined) awaited = undefined;
      if (!hasEnded) reason = why;
    },
    end: (why) => {
      if (!hasEnded) reason = why;
      hasEnded = true;
    },
  };
}
