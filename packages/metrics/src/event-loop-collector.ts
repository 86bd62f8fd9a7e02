/** The utilization and the delay of the event loop. */
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Instruments } from '@porthole/core/internal';
import { METRICS } from './metric-names.js';

export interface EventLoopCollectorOptions {
  readonly instruments: Instruments;
  /** The shortest span of time that the delay metrics cover; the longest is twice that. */
  readonly windowMs: number;
}

/** A collector that runs until it is closed. */
export interface Collector {
  close(): void;
}

/** Shows the event loop's time, utilization and delay; samples the delay until it is closed. */
export function createEventLoopCollector(options: EventLoopCollectorOptions): Collector {
  observeUtilization(options.instruments);
  return observeDelay(options);
}

/**
 * The utilization is that since the previous scrape (since the start, at the first), so two scrapers see shorter spans
 * each. `rate(nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}[…])` is the same over any span.
 */
function observeUtilization(instruments: Instruments): void {
  let previous = performance.eventLoopUtilization();
  instruments.observeGauge(
    { name: METRICS.eventLoopUtilization, help: 'Event loop utilization since the previous scrape.' },
    (report) => {
      const now = performance.eventLoopUtilization();
      const { active, idle, utilization } = performance.eventLoopUtilization(now, previous);
      previous = now;
      report(active + idle > 0 ? utilization : 0);
    },
  );
  instruments.observeCounter(
    {
      name: METRICS.eventLoopTime,
      help: 'Cumulative duration of time the event loop has been in each state.',
      labelNames: ['nodejs_eventloop_state'],
    },
    (report) => {
      const { active, idle } = performance.eventLoopUtilization();
      report(active / 1000, { nodejs_eventloop_state: 'active' });
      report(idle / 1000, { nodejs_eventloop_state: 'idle' });
    },
  );
}

const SAMPLE_INTERVAL_MS = 10;
const NANOSECONDS = 1e9;

const DELAYS: readonly (readonly [name: string, help: string, read: (histogram: IntervalHistogram) => number])[] = [
  [METRICS.eventLoopDelayMin, 'Event loop minimum delay.', ({ min }) => lateness(min)],
  [METRICS.eventLoopDelayMax, 'Event loop maximum delay.', ({ max }) => lateness(max)],
  [METRICS.eventLoopDelayMean, 'Event loop mean delay.', ({ mean }) => lateness(mean)],
  [METRICS.eventLoopDelayStddev, 'Event loop standard deviation delay.', ({ stddev }) => stddev / NANOSECONDS],
  [METRICS.eventLoopDelayP50, 'Event loop 50 percentile delay.', (histogram) => lateness(histogram.percentile(50))],
  [METRICS.eventLoopDelayP90, 'Event loop 90 percentile delay.', (histogram) => lateness(histogram.percentile(90))],
  [METRICS.eventLoopDelayP99, 'Event loop 99 percentile delay.', (histogram) => lateness(histogram.percentile(99))],
];

/**
 * Two histograms, emptied in turn: the older one covers between one and two windows up to now. The values do not depend
 * on other scrapers. A scraper that comes once per window or more often misses no delay.
 */
function observeDelay({ instruments, windowMs }: EventLoopCollectorOptions): Collector {
  let older = monitorEventLoopDelay({ resolution: SAMPLE_INTERVAL_MS });
  let younger = monitorEventLoopDelay({ resolution: SAMPLE_INTERVAL_MS });
  older.enable();
  younger.enable();
  const timer = setInterval(() => {
    [older, younger] = [younger, older];
    younger.reset();
  }, windowMs).unref();

  for (const [name, help, read] of DELAYS) {
    instruments.observeGauge({ name, help }, (report) => {
      if (older.count > 0) report(read(older));
    });
  }
  return {
    close() {
      clearInterval(timer);
      older.disable();
      younger.disable();
    },
  };
}

/**
 * Node.js records the time from one sample to the next (nanoseconds), the interval included: the delay is the time
 * beyond it.
 */
function lateness(betweenSamplesNs: number): number {
  return Math.max(0, betweenSamplesNs / NANOSECONDS - SAMPLE_INTERVAL_MS / 1000);
}
