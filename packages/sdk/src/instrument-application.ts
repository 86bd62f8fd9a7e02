/**
 * The instrumentations and the observers of the application's work: all, except those that `PORTHOLE_DISABLED` switches
 * off.
 */
import { instrumentClients } from '@porthole/clients';
import type { Config, Observer } from '@porthole/core';
import {
  abortWorkInFlight,
  addObserver,
  chooseKnownMethods,
  choosePropagators,
  type ExitPhase,
  requestsInFlight,
} from '@porthole/core/internal';
import {
  type DescribeRequest,
  instrumentConnections,
  instrumentFastify,
  instrumentInbound,
  instrumentOutboundFetch,
  instrumentOutboundHttp,
} from '@porthole/http';
import type { Lifecycle } from '@porthole/lifecycle';
import { createRequestLog } from '@porthole/logger';
import { createMetricsExporter, type MetricsExporter, type OtlpOptions } from '@porthole/tracing';
import type { Parts } from './compose.js';

export interface InstrumentationOptions {
  readonly parts: Parts;
  readonly config: Config;
  /** How metrics are exported; `undefined` if they are not. */
  readonly metricsExport: OtlpOptions | undefined;
  /** The last phase of the shutdown in which work can be reported. */
  readonly finalPhase: ExitPhase;
  readonly describeRequest: DescribeRequest | undefined;
  readonly lifecycle: Lifecycle;
}

/** The watch, for the ends of a process that no shutdown precedes. */
export interface ApplicationInstrumentation {
  /** Exports work that has ended since the last call, for 3 s at most; undefined if there is nothing. Never rejects. */
  flush(): Promise<unknown> | undefined;
  /** Ends the records of requests and other work in flight, synchronously, and reports spans that were not exported. */
  end(): void;
}

/** The time limit of the export when the process ends by itself. */
const FLUSH_TIMEOUT_MS = 2500;

/** Starts the watch; its parts end in the order of the shutdown. */
export function instrumentApplication(options: InstrumentationOptions): ApplicationInstrumentation {
  const { parts, config, metricsExport, finalPhase, lifecycle } = options;
  choosePropagators(config.propagators);
  chooseKnownMethods(config.knownMethods);
  const observers = observersOf(parts, config);
  for (const observer of observers) addObserver(observer);
  if (!config.disabled.includes('traces')) parts.tracing.register();
  const metricsExporter = startMetricsExport(parts, metricsExport, config.metricExportIntervalMs);
  // Ended after the requests in flight, which are exported too.
  lifecycle.onExit(finalPhase, 'export', (signal) =>
    Promise.all([parts.tracing.close(signal), metricsExporter?.close(signal)]),
  );
  // Work that is still under way when telemetry leaves will not end in time: it gets its line and its span as far as it
  // got.
  lifecycle.onExit(finalPhase, 'work in flight', abortWorkInFlight);
  if (observers.length > 0) instrumentClients();
  const abortInFlight = config.disabled.includes('http') ? () => {} : instrumentHttp(options);
  let flushedSpans = -1;
  return {
    flush: () => {
      const { ended } = parts.tracing;
      if (ended === flushedSpans) return undefined;
      flushedSpans = ended;
      return Promise.all([parts.tracing.flush(FLUSH_TIMEOUT_MS), metricsExporter?.flush(FLUSH_TIMEOUT_MS)]);
    },
    end: () => {
      abortInFlight();
      abortWorkInFlight();
      parts.tracing.reportLoss();
    },
  };
}

/** Returns a function that ends the records of requests in flight. */
function instrumentHttp({ parts, config, describeRequest, finalPhase, lifecycle }: InstrumentationOptions): () => void {
  const inbound = instrumentInbound({
    ignorePaths: config.ignorePaths,
    describeRequest,
    onRequest: config.disabled.includes('traces') ? undefined : parts.tracing.joinActiveSpan,
  });
  instrumentFastify({ recordLines: !config.disabled.includes('logs') });
  instrumentOutboundFetch();
  instrumentOutboundHttp();
  const connections = instrumentConnections();
  lifecycle.onExit('drain', 'connections', (signal) => connections.drain(signal));
  lifecycle.onExit(finalPhase, 'requests in flight', () => {
    reportCutRequests(lifecycle);
    inbound.close();
  });
  return () => inbound.abortInFlight();
}

/** Requests that are named in the line about those that are cut off. */
const MAX_NAMED = 10;

function reportCutRequests(lifecycle: Lifecycle): void {
  const cut = [...requestsInFlight()].filter(({ method }) => method !== '');
  if (cut.length === 0) return;
  const requests = cut.slice(0, MAX_NAMED).map(({ method, route, path }) => `${method} ${route || path}`);
  lifecycle.reportCutOff({ requests }, `requests in flight are cut off by the shutdown: ${cut.length}`);
}

function startMetricsExport(
  { metrics, resource, logger }: Parts,
  options: OtlpOptions | undefined,
  intervalMs: number,
): MetricsExporter | undefined {
  if (options === undefined) return undefined;
  return createMetricsExporter({ ...options, resource, read: metrics.families, intervalMs, log: logger });
}

/** The tracer first: it decides whether a record is sampled, which the others show. */
function observersOf({ tracing, metrics, logger, sink, lineStyle }: Parts, { disabled }: Config): readonly Observer[] {
  return [
    ...(disabled.includes('traces') ? [] : [tracing.observer]),
    ...(disabled.includes('metrics') ? [] : [metrics.observer]),
    ...(disabled.includes('logs') ? [] : [createRequestLog({ ...lineStyle, logger, sink })]),
  ];
}
