/**
 * A whole registry as text. prom-client's own `registry.metrics()` does not escape label values that are not strings.
 */
import { type MetricFamily, type MetricSample, reportInternalError } from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import { createTimeSlice, type TimeSlice } from './event-loop-turns.js';
import { type RegistryMetric, registeredMetrics } from './registry-metric.js';
import { createRegistryReader, defaultLabelsOf } from './registry-reader.js';
import { renderFamily } from './text-format.js';

/** How long a collection holds the event loop at a time; one metric's own `get` cannot be divided. */
const SLICE_MS = 10;

export interface ExpositionOptions {
  /** Its default labels (`setDefaultLabels`) are in all samples. */
  readonly registry: Registry;
  /** The exposed metrics, in their order. @defaultValue all of `registry` */
  readonly served?: () => readonly RegistryMetric[];
  /** How long one collection waits for metrics that are collected asynchronously. */
  readonly collectTimeoutMs: number;
}

/** The metrics, read in two ways. Neither rejects. */
export interface Exposition {
  /** In Prometheus' text format. Calls that overlap share one collection. */
  text(): Promise<string>;
  /** As it is, with the registry's default labels in each sample. */
  families(): Promise<readonly MetricFamily[]>;
}

/** A metric that cannot be written as text is left out and counted, as one that cannot be read is. */
export function createExposition(options: ExpositionOptions): Exposition {
  const { registry, served = () => registeredMetrics(registry), collectTimeoutMs } = options;
  const readNow = createRegistryReader({ served, collectTimeoutMs });
  let reading: Promise<unknown> | undefined;
  let current: Promise<string> | undefined;

  /** One collection at a time: another would find each metric that is slow under way. */
  async function read(slice: TimeSlice): Promise<readonly MetricFamily[]> {
    while (reading !== undefined) await reading;
    const families = readNow(slice).finally(() => {
      reading = undefined;
    });
    reading = families;
    return families;
  }

  async function collectAll(): Promise<string> {
    const slice = createTimeSlice(SLICE_MS);
    const families = await read(slice);
    const defaultLabels = defaultLabelsOf(registry);
    let text = '';
    for (const family of families) text += await render(family, defaultLabels, slice);
    return text;
  }

  return {
    text: () => {
      current ??= collectAll().finally(() => {
        current = undefined;
      });
      return current;
    },
    families: async () => {
      const families = await read(createTimeSlice(SLICE_MS));
      const defaultLabels = defaultLabelsOf(registry);
      return families.map((family) => ({
        ...family,
        values: family.values.map((sample) => ({ ...sample, labels: { ...defaultLabels, ...sample.labels } })),
      }));
    },
  };
}

async function render(family: MetricFamily, defaultLabels: MetricSample['labels'], slice: TimeSlice): Promise<string> {
  try {
    let text = '';
    for (const chunk of renderFamily(family, defaultLabels)) {
      text += chunk;
      if (slice.isOver()) await slice.next();
    }
    return text;
  } catch (error) {
    reportInternalError('metrics', error);
    return '';
  }
}
