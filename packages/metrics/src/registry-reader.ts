/**
 * Reading all metrics of a registry. prom-client's own `registry.metrics()` waits for ever on a collector that hangs,
 * fails as a whole with one that throws, and collects anew for every scraper.
 */
import { type MetricFamily, type MetricSample, reportInternalError } from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import type { TimeSlice } from './event-loop-turns.js';
import type { RegistryMetric } from './registry-metric.js';

export interface RegistryReaderOptions {
  /** The metrics that are read, in their order. */
  readonly served: () => readonly RegistryMetric[];
  /** How long one collection waits for metrics that are collected asynchronously. */
  readonly collectTimeoutMs: number;
}

/**
 * Makes the function that reads the registry. A metric that throws or is not ready in time is left out and counted;
 * while it still runs it is not started again. Never rejects.
 */
export function createRegistryReader(
  options: RegistryReaderOptions,
): (slice: TimeSlice) => Promise<readonly MetricFamily[]> {
  const running = new Set<RegistryMetric>();
  return async (slice) => {
    const families = await readAll(options, running, slice);
    return families.filter((family) => family !== undefined);
  };
}

/** The argument of `registry.setDefaultLabels`; prom-client 15.1.3 has no other way to read it. */
export function defaultLabelsOf(registry: Registry): MetricSample['labels'] {
  return (registry as unknown as { readonly _defaultLabels?: MetricSample['labels'] })._defaultLabels ?? {};
}

async function readAll(
  { served, collectTimeoutMs }: RegistryReaderOptions,
  running: Set<RegistryMetric>,
  slice: TimeSlice,
): Promise<(MetricFamily | undefined)[]> {
  let giveUp = (): void => {};
  const tooLate = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  const families: Promise<MetricFamily | undefined>[] = [];
  for (const metric of served()) {
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
