/** What prom-client's registry holds, as far as Porthole uses it: a metric with a name that can be read. */
import type { Registry } from 'prom-client';

/** One sample. Label values are whatever the application gave; the exposition makes text of them. */
export interface Sample {
  /** Where it is not the metric's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: number;
}

/** A metric with all its samples, as `get()` of every prom-client metric gives it. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly aggregator: 'sum' | 'first';
  readonly values: readonly Sample[];
}

/** A metric in the registry: prom-client's and ours alike. */
export interface RegistryMetric {
  readonly name: string;
  get(): Promise<MetricFamily>;
  /** Forgets all series (`registry.resetMetrics()`). */
  reset(): void;
}

/**
 * Adds a metric of our own. prom-client's types know only its own classes; its registry asks no more of a metric than
 * `RegistryMetric` (15.1.3, `lib/registry.js`). Throws where the name is taken.
 */
export function registerMetric(registry: Registry, metric: RegistryMetric): void {
  registry.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0]);
}

/** The registry's metrics in the order in which they were registered. */
export function registeredMetrics(registry: Registry): readonly RegistryMetric[] {
  return registry.getMetricsAsArray() as unknown as readonly RegistryMetric[];
}

/** The metric of that name, if there is one. */
export function registeredMetric(registry: Registry, name: string): RegistryMetric | undefined {
  return registry.getSingleMetric(name) as unknown as RegistryMetric | undefined;
}
