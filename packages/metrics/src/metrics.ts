/** The metrics of one service: a registry, its collectors, and its readers. */
import type { Observer } from '@porthole/core';
import { type Instruments, type MetricFamily, noInstruments } from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import { observeContainer } from './container-collector.js';
import { createEventLoopCollector } from './event-loop-collector.js';
import { createExposition } from './exposition.js';
import { observeIdentity } from './identity-collector.js';
import { createInstruments } from './instruments.js';
import type { MetricInstruments } from './metric-instruments.js';
import { DEFAULT_COLLECT_TIMEOUT_MS, type MetricsOptions, resolveMetricsOptions } from './metrics-options.js';
import { observeProcess } from './process-collector.js';
import { createRequestObserver } from './request-observer.js';
import { createServiceRegistries } from './service-registries.js';
import { TEXT_CONTENT_TYPE } from './text-format.js';
import { createV8Collector } from './v8-collector.js';

/** The metrics of one service. The instruments never throw: a wrong label or value is counted. */
export interface Metrics extends MetricInstruments {
  /**
   * The registry of an application's own prom-client metrics (`registers: [metrics.registry]`). Porthole's own series
   * are not in it, and are served beside it. A name that is taken does not throw: it is served once, and one warning
   * names both metrics.
   */
  readonly registry: Registry;
  /** Measures requests and other work; for core's `addObserver`. */
  readonly observer: Observer;
  /** The `Content-Type` of `exposition()`. */
  readonly contentType: string;
  /** All metrics in Prometheus' text format 0.0.4. Calls that overlap share one collection. Never rejects. */
  exposition(): Promise<string>;
  /** All metrics as they are, for an exporter. Never rejects. */
  families(): Promise<readonly MetricFamily[]>;
  /** Ends sampling and observing; counted values can still be read. */
  close(): void;
}

/** The metrics of one service, with the instruments of Porthole's own parts. */
export interface ServiceMetrics extends Metrics {
  /** Instruments whose series are apart from `registry`. */
  readonly own: Instruments;
}

/**
 * Makes the registry with all of `METRICS` that this package fills itself. Samples the event loop and sees garbage
 * collections from now on until `close()`; neither keeps the process alive.
 *
 * @throws PortholeError with the code `PORTHOLE_METRICS_OPTION` if a number cannot be used.
 *
 * @example
 * const metrics = createMetrics({ resource: { 'service.name': 'orders' } });
 * addObserver(metrics.observer);
 * response.setHeader('content-type', metrics.contentType).end(await metrics.exposition());
 */
export function createMetrics(options: MetricsOptions): ServiceMetrics {
  const {
    resource,
    seriesLimit,
    collectTimeoutMs,
    eventLoopWindowMs,
    sampleRuntime,
    onMistake,
    onDuplicate,
    ...roots
  } = resolveMetricsOptions(options);
  const { own: ownRegistry, application: registry, served } = createServiceRegistries(onDuplicate);
  const own = createInstruments(ownRegistry, seriesLimit, onMistake);
  const observer = createRequestObserver({ registry: ownRegistry, instruments: own, seriesLimit });
  observeProcess(own, roots.procRoot);
  observeContainer(own, roots);
  const samplers = sampleRuntime
    ? [createEventLoopCollector({ instruments: own, windowMs: eventLoopWindowMs }), createV8Collector(own)]
    : [];
  // Last, so that a scrape shows failures of earlier collectors.
  observeIdentity(own, resource);
  const { text, families } = createExposition({ served, registry, collectTimeoutMs });
  return {
    // The same at run time: the names of the labels are for the compiler.
    ...(createInstruments(registry, seriesLimit, onMistake) as MetricInstruments),
    own,
    registry,
    observer,
    contentType: TEXT_CONTENT_TYPE,
    exposition: text,
    families,
    close() {
      for (const sampler of samplers) sampler.close();
    },
  };
}

/**
 * Metrics that measure nothing: the instruments do nothing, and the registry shows only the application's own metrics.
 */
export function createNoopMetrics(onDuplicate: (message: string) => void = () => {}): ServiceMetrics {
  const { application: registry, served } = createServiceRegistries(onDuplicate);
  const { text, families } = createExposition({ served, registry, collectTimeoutMs: DEFAULT_COLLECT_TIMEOUT_MS });
  return {
    ...(noInstruments as MetricInstruments),
    own: noInstruments,
    registry,
    observer: { component: 'metrics', end: () => {} },
    contentType: TEXT_CONTENT_TYPE,
    exposition: text,
    families,
    close: () => {},
  };
}
