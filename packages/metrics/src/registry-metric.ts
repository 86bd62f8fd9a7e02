/** The contents of prom-client's registry, as far as Porthole uses them: a metric with a name that can be read. */
import type { MetricFamily } from '@porthole/core/internal';
import type { Registry } from 'prom-client';

/** A metric in the registry: prom-client's and ours alike. */
export interface RegistryMetric {
  readonly name: string;
  get(): Promise<MetricFamily>;
  /** Forgets all series (`registry.resetMetrics()`). */
  reset(): void;
}

/**
 * Adds a metric of our own. prom-client's types know only its own classes; its registry asks no more of a metric than
 * `RegistryMetric` (15.1.3, `lib/registry.js`). Throws if the name is taken.
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
