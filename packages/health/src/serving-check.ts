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
  /**
   * Makes readiness and startup fail until the function that is returned is called, or `set(undefined)`. Of several
   * waits the first gives the reason.
   */
  await(reason: string): () => void;
  /** Makes readiness fail for `reason`, or pass. Does nothing after `end`. */
  set(reason: string | undefined): void;
  /** Makes readiness fail for good; the first reason stays. */
  end(reason: string): void;
}

export function createServingCheck(now: () => number): ServingCheck {
  let reason: string | undefined;
  let hasEnded = false;
  const waits = new Set<{ readonly reason: string }>();
  const awaited = (): string | undefined => waits.values().next().value?.reason;
  const reasonOf = (probe: ServingProbe): string | undefined => (probe === 'ready' ? reason : undefined) ?? awaited();
  return {
    latest: (probe) => {
      const result = { name: SERVING, critical: true, durationMs: 0, checkedAtMs: now() };
      const why = reasonOf(probe);
      if (why === undefined) return { ...result, status: 'pass' };
      return { ...result, status: 'fail', reason: why, ...(why === awaited() ? { isPublic: true } : {}) };
    },
    isOn: (probe) => reasonOf(probe) === undefined,
    await: (why) => {
      const wait = { reason: why };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
    set: (why) => {
      if (why === undefined) waits.clear();
      if (!hasEnded) reason = why;
    },
    end: (why) => {
      if (!hasEnded) reason = why;
      hasEnded = true;
    },
  };
}
