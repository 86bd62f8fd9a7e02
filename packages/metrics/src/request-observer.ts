/** From units of work to observations: the metrics' side of each request, call and job. */
import type { Observer } from '@porthole/core';
import {
  createRecordCache,
  type Instruments,
  type Labels,
  type RecordCache,
  type WorkRecord,
} from '@porthole/core/internal';
import type { Registry } from 'prom-client';
import { createActiveRequests } from './active-requests.js';
import { createDurationHistogram, type HistogramSeries, HTTP_DURATION_BUCKETS } from './duration-histogram.js';
import { boundedLabelValue } from './label-value.js';
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

/**
 * OpenTelemetry's semantic conventions for database metrics, `ExplicitBucketBoundaries` of
 * `db.client.operation.duration`.
 */
const DB_DURATION_BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

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
  const database = createDurationHistogram({
    name: METRICS.dbClientOperationDuration,
    help: 'Duration of database client operations.',
    buckets: DB_DURATION_BUCKETS,
    seriesLimit,
  });
  registerMetric(registry, database);
  const work = addHistogram({
    name: METRICS.workDuration,
    help: 'Duration of work that is not HTTP.',
    buckets: WORK_DURATION_BUCKETS,
    keyOf: workKey,
    labelsOf: workLabels,
  });

  /** Registers a histogram and gives the series of each shape of record, found once. */
  function addHistogram(options: RecordHistogram): RecordCache<HistogramSeries> {
    const { name, help, buckets = HTTP_DURATION_BUCKETS, keyOf, labelsOf } = options;
    const histogram = createDurationHistogram({ name, help, buckets, seriesLimit, onReset: () => series.clear() });
    const series = createRecordCache((record): HistogramSeries => {
      if (record.kind === 'server' && record.method !== '') active.remember(record);
      const key = keyOf(record);
      return histogram.find(key) ?? histogram.add(key, labelsOf(record));
    });
    registerMetric(registry, histogram);
    return series;
  }

  /** The labels of these series are partly among the attributes, which no key has. */
  function databaseSeries(record: WorkRecord): HistogramSeries {
    const key = databaseKey(record);
    return database.find(key) ?? database.add(key, databaseLabels(record));
  }

  return {
    component: 'metrics',
    end(record) {
      const seconds = (record.endMs - record.startMs) / 1000;
      if (record.method === '') (isDatabaseCall(record) ? databaseSeries(record) : work.of(record)).observe(seconds);
      else if (record.kind === 'server') server.of(record).observe(seconds);
      else if (record.kind === 'client') client.of(record).observe(seconds);
    },
  };
}

function serverKey(record: WorkRecord): string {
  return (
    requestMethod(record.method) +
    AND +
    routeOf(record) +
    AND +
    record.status +
    AND +
    record.scheme +
    AND +
    errorTypeOf(record)
  );
}

function serverLabels(record: WorkRecord): Labels {
  return withoutEmpty({
    http_request_method: requestMethod(record.method),
    http_route: routeOf(record),
    http_response_status_code: statusOf(record),
    url_scheme: record.scheme,
    error_type: errorTypeOf(record),
  });
}

/** A route that is called so itself is the same series. */
function routeOf(record: WorkRecord): string {
  return boundedLabelValue(record.route, 'http_route') || 'unmatched';
}

function nameOf(record: WorkRecord): string {
  return boundedLabelValue(record.name, 'name');
}

function addressOf(record: WorkRecord): string {
  return boundedLabelValue(record.serverAddress, 'server_address');
}

function errorTypeOf(record: WorkRecord): string {
  return boundedLabelValue(record.errorType, 'error_type');
}

function clientKey(record: WorkRecord): string {
  return (
    requestMethod(record.method) +
    AND +
    record.status +
    AND +
    addressOf(record) +
    AND +
    record.serverPort +
    AND +
    errorTypeOf(record)
  );
}

function clientLabels(record: WorkRecord): Labels {
  return withoutEmpty({
    http_request_method: requestMethod(record.method),
    http_response_status_code: statusOf(record),
    server_address: addressOf(record),
    server_port: record.serverPort === 0 ? '' : String(record.serverPort),
    error_type: errorTypeOf(record),
  });
}

function isDatabaseCall({ kind, attributes }: WorkRecord): boolean {
  return kind === 'client' && attributes?.['db.system.name'] !== undefined;
}

/** The labels that a record's attributes have. */
const DATABASE_ATTRIBUTES = [
  ['db.system.name', 'db_system_name'],
  ['db.namespace', 'db_namespace'],
  ['db.operation.name', 'db_operation_name'],
  ['db.response.status_code', 'db_response_status_code'],
] as const;

function databaseKey(record: WorkRecord): string {
  const { attributes, serverPort } = record;
  let key = '';
  for (const [name, label] of DATABASE_ATTRIBUTES) key += textOf(attributes?.[name], label) + AND;
  return key + addressOf(record) + AND + serverPort + AND + errorTypeOf(record);
}

function databaseLabels(record: WorkRecord): Labels {
  const { attributes, serverPort } = record;
  const labels: Record<string, string> = {};
  for (const [name, label] of DATABASE_ATTRIBUTES) labels[label] = textOf(attributes?.[name], label);
  return withoutEmpty({
    ...labels,
    server_address: addressOf(record),
    server_port: serverPort === 0 ? '' : String(serverPort),
    error_type: errorTypeOf(record),
  });
}

function textOf(value: unknown, label: string): string {
  return boundedLabelValue(String(value ?? ''), label);
}

function workKey(record: WorkRecord): string {
  return record.kind + AND + nameOf(record) + AND + errorTypeOf(record);
}

function workLabels(record: WorkRecord): Labels {
  return withoutEmpty({ kind: record.kind, name: nameOf(record), error_type: errorTypeOf(record) });
}

/** Empty without an answer. */
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
