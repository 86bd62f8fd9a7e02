/** The port through which a registry is read: by the exposition and by the exporter. */

/** One sample. Label values are of any type that the application gave; the writer makes text of them. */
export interface MetricSample {
  /** Set if it is not the metric's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: number;
}

/**
 * A metric with all its samples, as `get()` of every prom-client metric gives it: buckets are cumulative, under the
 * label `le`.
 */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly aggregator: 'sum' | 'first';
  readonly values: readonly MetricSample[];
}
