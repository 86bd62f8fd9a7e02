/** Makes metrics and log lines of results. */
import { type Instruments, type Log, reportInternalError } from '@porthole/core/internal';
import type { CheckResult, Probe } from './probe-result.js';

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** A check that takes more than this share of its time is reported before it fails. */
const SLOW_SHARE = 0.5;

/**
 * Takes the counted result of one check, each time that it may have changed; `isExecution` is true if the check has run
 * for it, and has a duration. Never throws.
 */
export type ResultReporter = (result: CheckResult, about: { readonly isExecution: boolean }) => void;

/**
 * Registers the metrics; the returned function makes the reporter of one check. `current` gives the newest result of
 * each check that has one.
 */
export function createReporters(
  log: Log,
  instruments: Instruments,
  current: () => Iterable<readonly [Probe, CheckResult]>,
): (probe: Probe, timeoutMs: number) => ResultReporter {
  const labelNames = ['check', 'probe'];
  // Read at each scrape, so that a check that was unregistered leaves no series behind.
  instruments.observeGauge(
    {
      name: 'porthole_health_check_status',
      help: 'Whether the health check passed when it last ran: 1 it passed, 0 it failed.',
      labelNames,
    },
    (report) => {
      for (const [probe, { name, status }] of current()) report(status === 'pass' ? 1 : 0, { check: name, probe });
    },
  );
  const durations = instruments.histogram({
    name: 'porthole_health_check_duration_seconds',
    help: 'How long the health check ran.',
    labelNames,
    buckets: DURATION_BUCKETS_S,
  });

  return (probe, timeoutMs) => {
    let failing = false;
    let slow = false;
    return (result, { isExecution }) => {
      const wasFailing = failing;
      const wasSlow = slow;
      failing = result.status !== 'pass';
      if (isExecution) slow = !failing && result.durationMs > SLOW_SHARE * timeoutMs;
      try {
        if (isExecution) durations.observe(result.durationMs / 1000, { check: result.name, probe });
        const fields = { check: result.name, probe };
        if (failing && !wasFailing) log.warn({ ...fields, reason: result.reason }, 'health check fails');
        if (!failing && wasFailing) log.info(fields, 'health check passes again');
        if (slow && !wasSlow) {
          const took = Math.round(result.durationMs);
          log.warn(
            { ...fields, duration_ms: took },
            `health check is slow: it took ${took} of the ${timeoutMs} ms that it has`,
          );
        }
      } catch (error) {
        reportInternalError('health', error);
      }
    };
  };
}
