/**
 * Core's `Instruments` over a prom-client registry. A wrong call is logged or counted, and never throws.
 */
import {
  type Collect,
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramOptions,
  type InstrumentOptions,
  type Instruments,
  type Labels,
  messageOf,
  noInstruments,
  reportInternalError,
} from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import { createDurationHistogram, HTTP_DURATION_BUCKETS } from './duration-histogram.js';
import { labelSetOf, UnknownLabel } from './label-set.js';
import { type RegistryMetric, registeredMetric, registerMetric } from './registry-metric.js';
import { createScalarMetric, type ScalarMetric } from './scalar-metric.js';

/** Mistakes that are logged: the names in them may be without end. */
const MAX_TOLD = 100;

/**
 * Makes instruments in `registry` with at most `seriesLimit` series each. `onMistake` hears why one could not be made.
 */
export function createInstruments(
  registry: Registry,
  seriesLimit: number,
  onMistake: (message: string) => void = () => {},
): Instruments {
  const told = new Set<string>();
  // By metric, so that a metric that was taken out of the registry takes its instrument along.
  const made = new WeakMap<RegistryMetric, Made>();

  /**
   * The instrument that has the name already, else the one that `make` makes, else `fallback`, which measures nothing.
   */
  function instrument<T>(
    options: InstrumentOptions,
    kind: string,
    fallback: T,
    make: (valid: ValidOptions) => readonly [RegistryMetric, T],
  ): T {
    try {
      const valid = checked(options);
      const { name, labelNames } = valid;
      const existing = registeredMetric(registry, name);
      if (existing !== undefined) {
        // It would read another value than the first one.
        if (kind.startsWith('observed')) throw new Error(`${name} is in the registry already, and read there`);
        const known = made.get(existing);
        if (known?.kind !== kind)
          throw new Error(`${name} is in the registry already, and not as a ${kind} of Porthole's`);
        if (known.labels !== labelsOf(labelNames))
          mistaken(`the ${kind} ${name} is there already, ${known.labels}, and is used as it is`);
        return known.instrument as T;
      }
      const [metric, value] = make(valid);
      registerMetric(registry, metric);
      made.set(metric, { kind, labels: labelsOf(labelNames), instrument: value });
      return value;
    } catch (error) {
      mistaken(`a ${kind} is not measured: ${messageOf(error)}`);
      return fallback;
    }
  }

  function mistaken(message: string, key = message): void {
    reportInternalError('metrics', new Error(message));
    // One that is made anew for each request is logged once.
    if (told.size >= MAX_TOLD || told.has(key)) return;
    told.add(key);
    onMistake(message);
  }

  /** Measures; a wrong label, or another mistake, is logged once a metric. */
  function safely(name: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      const key = error instanceof UnknownLabel ? `the labels of ${name}` : `the values of ${name}`;
      mistaken(`${name} does not count a value that it was given: ${messageOf(error)}`, key);
    }
  }

  function observed(type: 'counter' | 'gauge', options: InstrumentOptions, collect: Collect): void {
    instrument(options, `observed ${type}`, undefined, (valid) => {
      const metric = createScalarMetric({ ...valid, type, seriesLimit });
      return [reread(metric, collect, safely), undefined];
    });
  }

  return {
    counter: (options) =>
      instrument<Counter>(options, 'counter', noInstruments.counter(options), (valid) => {
        const metric = createScalarMetric({ ...valid, type: 'counter', seriesLimit });
        return [metric, { add: (value, labels) => safely(valid.name, () => metric.add(value, labels)) }];
      }),
    gauge: (options) =>
      instrument<Gauge>(options, 'gauge', noInstruments.gauge(options), (valid) => {
        const metric = createScalarMetric({ ...valid, type: 'gauge', seriesLimit });
        return [metric, { set: (value, labels) => safely(valid.name, () => metric.set(value, labels)) }];
      }),
    histogram: (options) =>
      instrument<Histogram>(options, 'histogram', noInstruments.histogram(options), ({ name, help, labelNames }) => {
        if (labelNames.includes('le')) throw new TypeError('a histogram cannot have the label le');
        const metric = createDurationHistogram({ name, help, buckets: bucketsOf(options), seriesLimit });
        const observe = (value: number, labels: Labels | undefined): void => {
          if (!Number.isFinite(value)) throw new TypeError('the value is not a finite number');
          const set = labelSetOf(labelNames, labels);
          (metric.find(set.key) ?? metric.add(set.key, set.labels)).observe(value);
        };
        return [metric, { observe: (value, labels) => safely(name, () => observe(value, labels)) }];
      }),
    observeCounter: (options, collect) => observed('counter', options, collect),
    observeGauge: (options, collect) => observed('gauge', options, collect),
  };
}

/** Options that are complete. */
interface ValidOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** The metric that was made in the registry. */
interface Made {
  readonly kind: string;
  /** In words. */
  readonly labels: string;
  readonly instrument: unknown;
}

function labelsOf(names: readonly string[]): string {
  return names.length === 0 ? 'without labels' : `with the labels ${names.toSorted().join(', ')}`;
}

/** Reads all series anew at each `get`, so that one that is no longer reported is gone; a failure leaves none. */
function reread(
  metric: ScalarMetric,
  collect: Collect,
  safely: (name: string, act: () => void) => void,
): RegistryMetric {
  return {
    ...metric,
    async get() {
      metric.clear();
      try {
        await collect((value, labels) => safely(metric.name, () => metric.set(value, labels)));
      } catch (error) {
        metric.clear();
        reportInternalError('metrics', error);
      }
      return metric.get();
    },
  };
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const OPTIONS: readonly string[] = ['name', 'help', 'labelNames', 'buckets'];

/**
 * Callers in JavaScript have no compiler that finds it.
 * @throws TypeError if an option is unknown, or a name is not valid in Prometheus's data model.
 */
function checked(options: InstrumentOptions): ValidOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`expected options such as { name: 'orders_total', help: 'Orders.', labelNames: ['shop'] }`);
  }
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined) throw new TypeError(`${unknown} is not an option: expected ${OPTIONS.join(', ')}`);
  const { name, help, labelNames = [] } = options;
  if (typeof name !== 'string' || !METRIC_NAME.test(name)) throw new TypeError(`${name} is not the name of a metric`);
  if (!Array.isArray(labelNames)) throw new TypeError(`labelNames of ${name} is not a list`);
  for (const label of labelNames) {
    if (!LABEL_NAME.test(label) || label.startsWith('__')) throw new TypeError(`${label} is not the name of a label`);
  }
  return { name, help, labelNames };
}

function bucketsOf({ buckets = HTTP_DURATION_BUCKETS }: HistogramOptions): readonly number[] {
  if (!Array.isArray(buckets)) throw new TypeError('buckets is not a list of numbers');
  const ascending = buckets.every(
    (bound, i) => Number.isFinite(bound) && (i === 0 || bound > (buckets[i - 1] as number)),
  );
  if (!ascending) throw new TypeError(`the buckets are not finite numbers in ascending order: ${buckets.join(', ')}`);
  return [...buckets];
}
