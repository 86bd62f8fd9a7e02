/**
 * A histogram whose observation is a few additions in a typed array: the one metric that every request goes through.
 * prom-client's own histogram builds and validates a label object per observation, and needs every label in each
 * series.
 */
import type { Labels, MetricFamily, MetricSample } from '@porthole/core/internal';
import type { RegistryMetric } from './registry-metric.js';
import { createSeriesMap } from './series-map.js';

/**
 * Upper bounds in seconds for the duration of HTTP requests: OpenTelemetry's semantic conventions for HTTP metrics,
 * `ExplicitBucketBoundaries` of `http.server.request.duration`.
 */
export const HTTP_DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** The name of a histogram and its buckets. */
export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending, without infinity. */
  readonly buckets: readonly number[];
  /** The most series there can be, the overflow series included. */
  readonly seriesLimit: number;
  /** Called when all series are forgotten. */
  readonly onReset?: () => void;
}

/** The histogram of one label set. */
export interface HistogramSeries {
  /** Adds one value; one that is not a number is not for here. */
  observe(value: number): void;
}

/**
 * A histogram for the registry. `find` and `add` take a key of the caller's: the label values joined by
 * `KEY_SEPARATOR`, so that the common case, a series that exists, costs one look-up.
 */
export interface DurationHistogram extends RegistryMetric {
  find(key: string): HistogramSeries | undefined;
  add(key: string, labels: Labels): HistogramSeries;
}

/** Makes a histogram; registering it is the caller's part. */
export function createDurationHistogram(options: DurationHistogramOptions): DurationHistogram {
  const { name, help, buckets } = options;
  const series = createSeriesMap(options.seriesLimit, (labels) => new Series(labels, buckets));
  return {
    name,
    find: series.find,
    add: series.add,
    async get(): Promise<MetricFamily> {
      const values: MetricSample[] = [];
      for (const one of series.values()) one.collect(name, values);
      return { name, help, type: 'histogram', aggregator: 'sum', values };
    },
    reset: () => {
      series.clear();
      options.onReset?.();
    },
  };
}

class Series implements HistogramSeries {
  readonly #labels: Labels;
  readonly #buckets: readonly number[];
  // One count for each bucket, not cumulative, then that of the values above all, then the sum.
  readonly #cells: Float64Array;

  constructor(labels: Labels, buckets: readonly number[]) {
    this.#labels = labels;
    this.#buckets = buckets;
    this.#cells = new Float64Array(buckets.length + 2);
  }

  observe(value: number): void {
    const buckets = this.#buckets;
    const cells = this.#cells;
    let index = 0;
    while (index < buckets.length && value > (buckets[index] as number)) index++;
    cells[index] = (cells[index] as number) + 1;
    cells[buckets.length + 1] = (cells[buckets.length + 1] as number) + value;
  }

  collect(name: string, into: MetricSample[]): void {
    let count = 0;
    const bucketName = `${name}_bucket`;
    for (let i = 0; i <= this.#buckets.length; i++) {
      count += this.#cells[i] as number;
      into.push({ metricName: bucketName, labels: { ...this.#labels, le: this.#buckets[i] ?? '+Inf' }, value: count });
    }
    into.push({ metricName: `${name}_sum`, labels: this.#labels, value: this.#cells.at(-1) as number });
    into.push({ metricName: `${name}_count`, labels: this.#labels, value: count });
  }
}
