/** The options of `createMetrics` and their defaults. */
import { PortholeError } from '@porthole/core';
import type { Resource } from '@porthole/core/internal';

/** The options of `createMetrics`. */
export interface MetricsOptions {
  /** The origin of the metrics; shown as `target_info`. */
  readonly resource: Resource;
  /**
   * The most series of one metric; more are added up in one series that counts in, as in the OpenTelemetry
   * specification. Metrics made with prom-client itself have no bound. @defaultValue 2000
   */
  readonly seriesLimit?: number;
  /** How long a scrape waits for a metric that is collected asynchronously, in milliseconds. @defaultValue 1000 */
  readonly collectTimeoutMs?: number;
  /**
   * The event loop's delay is shown over at least this span, in milliseconds, and at most twice that; a scrape interval
   * that is not longer misses nothing. @defaultValue 30000
   */
  readonly eventLoopWindowMs?: number;
  /** Whether the event loop and garbage collections are sampled, which takes a timer. @defaultValue true */
  readonly sampleRuntime?: boolean;
  /**
   * Hears, in one sentence, why an instrument could not be made; it measures nothing then. @defaultValue none
   */
  readonly onMistake?: (message: string) => void;
  /**
   * Hears, in one sentence, which metrics are registered twice; one of each name is served. @defaultValue none
   */
  readonly onDuplicate?: (message: string) => void;
  /** The mount point of control groups. @defaultValue `'/sys/fs/cgroup'` */
  readonly cgroupRoot?: string;
  /** The mount point of procfs. @defaultValue `'/proc'` */
  readonly procRoot?: string;
}

/** The codes of the errors that this package throws. */
export type MetricsErrorCode = 'PORTHOLE_METRICS_OPTION';

export const DEFAULT_COLLECT_TIMEOUT_MS = 1000;

/** Validates `options` and fills in the defaults. */
export function resolveMetricsOptions(options: MetricsOptions): Required<MetricsOptions> {
  return {
    resource: options.resource,
    // Below 2 there is no room for a series beside the overflow series.
    seriesLimit: wholeNumber('seriesLimit', options.seriesLimit ?? 2000, 2),
    collectTimeoutMs: wholeNumber('collectTimeoutMs', options.collectTimeoutMs ?? DEFAULT_COLLECT_TIMEOUT_MS, 1),
    eventLoopWindowMs: wholeNumber('eventLoopWindowMs', options.eventLoopWindowMs ?? 30_000, 1),
    sampleRuntime: options.sampleRuntime ?? true,
    onMistake: options.onMistake ?? (() => {}),
    onDuplicate: options.onDuplicate ?? (() => {}),
    cgroupRoot: options.cgroupRoot ?? '/sys/fs/cgroup',
    procRoot: options.procRoot ?? '/proc',
  };
}

/** The longest time that a timer of Node.js can have. */
const LARGEST = 2 ** 31 - 1;

function wholeNumber(name: string, value: number, smallest: number): number {
  if (Number.isInteger(value) && value >= smallest && value <= LARGEST) return value;
  throw new PortholeError<MetricsErrorCode>(
    `${name} is ${String(value)}: expected a whole number from ${smallest} to ${LARGEST}`,
    { code: 'PORTHOLE_METRICS_OPTION' },
  );
}
