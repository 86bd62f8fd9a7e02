/** A counter or gauge: one number per series. */
import type { Labels, MetricFamily } from '@porthole/core/internal';
import { labelSetOf } from './label-set.js';
import type { RegistryMetric } from './registry-metric.js';
import { createSeriesMap } from './series-map.js';

/** The name of a counter or gauge. */
export interface ScalarMetricOptions {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labelNames: readonly string[];
  /** The most series there can be, the overflow series included. */
  readonly seriesLimit: number;
}

/** A counter or gauge for the registry. A value or label that is not valid throws a `TypeError`. */
export interface ScalarMetric extends RegistryMetric {
  add(value: number, labels?: Labels): void;
  set(value: number, labels?: Labels): void;
  clear(): void;
}

/** Makes a counter or gauge; registering it is the caller's part. One without labels is 0 from the start. */
export function createScalarMetric(options: ScalarMetricOptions): ScalarMetric {
  const { name, help, type, labelNames } = options;
  const series = createSeriesMap(options.seriesLimit, (labels) => ({ labels, value: 0 }));
  reset();

  function reset(): void {
    series.clear();
    if (labelNames.length === 0) series.add('', {});
  }

  function seriesOf(labels: Labels | undefined): { value: number } {
    const set = labelSetOf(labelNames, labels);
    return series.find(set.key) ?? series.add(set.key, set.labels);
  }

  return {
    name,
    add(value, labels) {
      check(type, value);
      seriesOf(labels).value += value;
    },
    set(value, labels) {
      check(type, value);
      seriesOf(labels).value = value;
    },
    clear: series.clear,
    reset,
    async get(): Promise<MetricFamily> {
      const values = Array.from(series.values(), (one) => ({ ...one }));
      return { name, help, type, aggregator: 'sum', values };
    },
  };
}

function check(type: 'counter' | 'gauge', value: number): void {
  if (typeof value !== 'number') throw new TypeError('the value is not a number');
  if (type === 'counter' && !(value >= 0 && value < Infinity)) throw new TypeError(`a counter cannot take ${value}`);
}
