/** How the time of a shutdown is shared out. */
import type { ExitPhase } from '@porthole/core/internal';

/** The time that is kept free for a phase: a share of the time after the delay, and no more than it can use. */
const RESERVES = {
  dependencies: { share: 0.2, maxMs: 1000 },
  telemetry: { share: 0.3, maxMs: 3000 },
  logs: { share: 0.1, maxMs: 500 },
} as const;

/**
 * When each phase has to have ended, in milliseconds from the start of the shutdown. A phase may use all the time that
 * is not kept free for later phases with hooks. They get the time that it leaves. The last lines always have their
 * time.
 */
export function phaseEnds(
  delayMs: number,
  deadlineMs: number,
  hasHooks: (phase: ExitPhase) => boolean,
): Readonly<Record<ExitPhase, number>> {
  const keep = (phase: keyof typeof RESERVES): number => {
    const { share, maxMs } = RESERVES[phase];
    return phase === 'logs' || hasHooks(phase) ? Math.min(share * (deadlineMs - delayMs), maxMs) : 0;
  };
  const telemetry = deadlineMs - keep('logs');
  const dependencies = telemetry - keep('telemetry');
  const drain = dependencies - keep('dependencies');
  return { drain, dependencies, telemetry, logs: deadlineMs };
}
