/** From units of work to observations: the metrics' side of each request, call and job. */
import type { Observer } from '@porthole/core';
import {
  createShapeCache,
  type Instruments,
  type Labels,
  type ShapeCache,
  type WorkRecord,
} from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import { createActiveRequests } from './active-requests.js';
import { createDurationHistogram, type HistogramSeries, HTTP_DURATION_BUCKETS } from './duration-histogram.js';
import { METRICS } from './metric-names.js';
import { registerMetric } from './registry-metric.js';
import { requestMethod } from './request-method.js';
import { KEY_SEPARATOR as AND } from './series-map.js';

export interface RequestObserverOptions {
  readonly registry: Registry;
  readonly instruments: Instruments;
  /** The most series of one histogram, the overflow series included. */
  readonly seriesLimit: number;
}

/** A histogram, and which of its series a record belongs to. */
interface RecordHistogram {
  readonly name: string;
  readonly help: string;
  readonly buckets?: readonly number[];
  readonly keyOf: (record: WorkRecord) => string;
  readonly labelsOf: (record: WorkRecord) => Labels;
}

// Jobs run longer than requests do.
const WORK_DURATION_BUCKETS: readonly number[] = [...HTTP_DURATION_BUCKETS, 30, 60, 300];

/** Registers the histograms of requests and work, and makes the observer that fills them. */
export function createRequestObserver(options: RequestObserverOptions): Observer {
  const { registry, seriesLimit } = options;
  const active = createActiveRequests(options.instruments);
  const server = addHistogram({
    name: METRICS.httpServerRequestDuration,
    help: 'Duration of HTTP server requests.',
    keyOf: serverKey,
    labelsOf: serverLabels,
  });
  const client = addHistogram({
    name: METRICS.httpClientRequestDuration,
    help: 'Duration of HTTP client requests.',
    keyOf: clientKey,
    labelsOf: clientLabels,
  });
  const work = addHistogram({
    name: METRICS.workDuration,
    help: 'Duration of work that is not HTTP.',
    buckets: WORK_DURATION_BUCKETS,
    keyOf: workKey,
    labelsOf: workLabels,
  });

  /** Registers a histogram and gives the series of each shape of record, found once. */
  function addHistogram(options: RecordHistogram): ShapeCache<HistogramSeries> {
    const { name, help, buckets = HTTP_DURATION_BUCKETS, keyOf, labelsOf } = options;
    const histogram = createDurationHistogram({ name, help, buckets, seriesLimit, onReset: () => series.clear() });
    const series = createShapeCache((record): HistogramSeries => {
      if (record.kind === 'server' && record.method !== '') active.remember(record);
      const key = keyOf(record);
      return histogram.find(key) ?? histogram.add(key, labelsOf(record));
    });
    registerMetric(registry, histogram);
    return series;
  }

  return {
    component: 'metrics',
    end(record) {
      const seconds = (record.endMs - record.startMs) / 1000;
      if (record.method === '') work.of(record).observe(seconds);
      else if (record.kind === 'server') server.of(record).observe(seconds);
      else if (record.kind === 'client') client.of(record).observe(seconds);
    },
  };
}

function serverKey(record: WorkRecord): string {
  return (
    requestMethod(record.method) +
    AND +
    record.route +
    AND +
    record.status +
    AND +
    record.scheme +
    AND +
    record.errorType
  );
}

function serverLabels(record: WorkRecord): Labels {
  return withoutEmpty({
    http_request_method: requestMethod(record.method),
    http_route: record.route || 'unmatched',
    http_response_status_code: statusOf(record),
    url_scheme: record.scheme,
    error_type: record.errorType,
  });
}

function clientKey(record: WorkRecord): string {
  return (
    requestMethod(record.method) +
    AND +
    record.status +
    AND +
    record.serverAddress +
    AND +
    record.serverPort +
    AND +
    record.errorType
  );
}

function clientLabels(record: WorkRecord): Labels {
  return withoutEmpty({
    http_request_method: requestMethod(record.method),
    http_response_status_code: statusOf(record),
    server_address: record.serverAddress,
    server_port: record.serverPort === 0 ? '' : String(record.serverPort),
    error_type: record.errorType,
  });
}

function workKey(record: WorkRecord): string {
  return record.kind + AND + record.name + AND + record.errorType;
}

function workLabels(record: WorkRecord): Labels {
  return withoutEmpty({ kind: record.kind, name: record.name, error_type: record.errorType });
}

/** Empty where there was no answer. */
function statusOf(record: WorkRecord): string {
  return record.status === 0 ? '' : String(record.status);
}

/** A label with no value is the same as none (Prometheus's data model). */
function withoutEmpty(labels: Record<string, string>): Labels {
  for (const [name, value] of Object.entries(labels)) {
    if (value === '') delete labels[name];
  }
  return labels;
}
