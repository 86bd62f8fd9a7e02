/**
 * Reading a whole registry. prom-client's own `registry.metrics()` does not escape label values that are not strings, waits
 * for ever on a collector that hangs, fails as a whole with one that throws, and collects anew for every scraper.
 */
import { reportInternalError } from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import { type MetricFamily, type RegistryMetric, registeredMetrics, type Sample } from './registry-metric.js';
import { renderFamily } from './text-format.js';
import { createTimeSlice, type TimeSlice } from './time-slice.js';

export interface ExpositionOptions {
  readonly registry: Registry;
  /** How long one collection waits for metrics that are collected asynchronously. */
  readonly collectTimeoutMs: number;
}

/** How long a collection holds the event loop at a time; one metric's own `get` cannot be divided. */
const SLICE_MS = 10;

/**
 * Makes the function that reads the registry as text. Calls that overlap share one collection. A metric that throws, is not
 * ready in time or cannot be written as text is left out and counted; while it still runs it is not started again. Never
 * rejects.
 */
export function createExposition(options: ExpositionOptions): () => Promise<string> {
  const running = new Set<RegistryMetric>();
  let current: Promise<string> | undefined;

  async function collectAll(): Promise<string> {
    const slice = createTimeSlice(SLICE_MS);
    const families = await readAll(options, running, slice);
    const defaultLabels = defaultLabelsOf(options.registry);
    let text = '';
    for (const family of families) {
      if (family !== undefined) text += await render(family, defaultLabels, slice);
    }
    return text;
  }

  return () => {
    current ??= collectAll().finally(() => {
      current = undefined;
    });
    return current;
  };
}

async function readAll(
  { registry, collectTimeoutMs }: ExpositionOptions,
  running: Set<RegistryMetric>,
  slice: TimeSlice,
): Promise<(MetricFamily | undefined)[]> {
  let giveUp = (): void => {};
  const tooLate = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  const families: Promise<MetricFamily | undefined>[] = [];
  for (const metric of registeredMetrics(registry)) {
    families.push(readInTime(metric, running, tooLate));
    if (slice.isOver()) await slice.next();
  }
  // From here on, so that a metric that holds up the event loop does not use up the time of those after it.
  const timer = setTimeout(giveUp, collectTimeoutMs).unref();
  const read = await Promise.all(families);
  clearTimeout(timer);
  return read;
}

async function readInTime(
  metric: RegistryMetric,
  running: Set<RegistryMetric>,
  tooLate: Promise<undefined>,
): Promise<MetricFamily | undefined> {
  if (running.has(metric)) {
    reportInternalError('metrics', new Error(`${metric.name} is still being collected for an earlier scrape`));
    return undefined;
  }
  running.add(metric);
  const family = await Promise.race([read(metric, running), tooLate]);
  if (running.has(metric)) reportInternalError('metrics', new Error(`${metric.name} was not collected in time`));
  return family;
}

async function read(metric: RegistryMetric, running: Set<RegistryMetric>): Promise<MetricFamily | undefined> {
  try {
    return await metric.get();
  } catch (error) {
    reportInternalError('metrics', error);
    return undefined;
  } finally {
    running.delete(metric);
  }
}

async function render(family: MetricFamily, defaultLabels: Sample['labels'], slice: TimeSlice): Promise<string> {
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

/** What `registry.setDefaultLabels` was given; prom-client 15.1.3 has no other way to read it. */
function defaultLabelsOf(registry: Registry): Sample['labels'] {
  return (registry as unknown as { readonly _defaultLabels?: Sample['labels'] })._defaultLabels ?? {};
}
