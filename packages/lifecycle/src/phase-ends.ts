/** How the time of a shutdown is shared out. */
import type { ExitPhase } from '@porthole/core/internal';

/** What is kept free for a phase: a share of the time after the delay, and no more than it can use. */
const RESERVES = {
  dependencies: { share: 0.2, maxMs: 1000 },
  telemetry: { share: 0.3, maxMs: 3000 },
  logs: { share: 0.1, maxMs: 500 },
} as const;

/**
 * When each phase has to have ended, in milliseconds from the start of the shutdown. A phase may use all the time up to what
 * is kept free for those after it; what it leaves is theirs.
 */
export function phaseEnds(delayMs: number, deadlineMs: number): Readonly<Record<ExitPhase, number>> {
  const keep = ({ share, maxMs }: { readonly share: number; readonly maxMs: number }): number =>
    Math.min(share * (deadlineMs - delayMs), maxMs);
  const telemetry = deadlineMs - keep(RESERVES.logs);
  const dependencies = telemetry - keep(RESERVES.telemetry);
  const drain = dependencies - keep(RESERVES.dependencies);
  return { drain, dependencies, telemetry, logs: deadlineMs };
}
