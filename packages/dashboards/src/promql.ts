/** PromQL for one service: each selector has the dashboard's variables in it. */
import type { MetricName } from '@porthole/metrics';

/** The series of `name` that the variables select; `matchers` narrow them (`le="1"`). */
export function series(
  name: MetricName | `${MetricName}_${'bucket' | 'sum' | 'count'}`,
  ...matchers: string[]
): string {
  return `${name}{${['job="$service"', 'instance=~"$instance"', ...matchers].join(',')}}`;
}

/** The increase per second of each series of a counter. */
export function rate(name: Parameters<typeof series>[0], ...matchers: string[]): string {
  return `rate(${series(name, ...matchers)}[$__rate_interval])`;
}

/** How much each series of a counter grew between two points of the graph. */
export function increase(name: MetricName, ...matchers: string[]): string {
  return `increase(${series(name, ...matchers)}[$__rate_interval])`;
}

/** Sums over all labels but `labels`. */
export function sumBy(labels: readonly string[], expr: string): string {
  return labels.length === 0 ? `sum(${expr})` : `sum by (${labels.join(', ')}) (${expr})`;
}

/** 0 without a value: for counters that begin with the first failure. */
export function orZero(expr: string): string {
  return `${expr} or vector(0)`;
}

/** The quantile of a histogram, by `labels`. */
export function quantile(q: number, name: MetricName, labels: readonly string[] = []): string {
  return `histogram_quantile(${q}, ${sumBy(['le', ...labels], rate(`${name}_bucket`))})`;
}

/** The share of observations that have an `error_type`, 0 without one, by `labels`. */
export function errorShare(name: MetricName, labels: readonly string[] = []): string {
  const all = sumBy(labels, rate(`${name}_count`));
  const failed = sumBy(labels, rate(`${name}_count`, 'error_type!=""'));
  return `(${failed} or 0 * ${all}) / ${all}`;
}
