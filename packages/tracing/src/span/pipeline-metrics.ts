/**
 * The pipeline's metrics of itself, by OpenTelemetry's semantic conventions for SDKs
 * (https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/) in their Prometheus translation.
 */
import type { Instruments, Report } from '@porthole/core/internal';
import { type SpanAccount, totalOf } from './span-account.js';
import type { StartedSpans } from './started-spans.js';

/** Lets `instruments` read the counts. Without an account nothing is exported, and only starts are counted. */
export function exposePipelineMetrics(
  instruments: Instruments,
  started: StartedSpans,
  account: (() => SpanAccount) | undefined,
): void {
  instruments.observeCounter(
    {
      name: 'otel_sdk_span_started_total',
      help: 'Spans that were created, by the sampling result',
      labelNames: ['otel_span_sampling_result'],
    },
    (report) => {
      report(started.sampled, { otel_span_sampling_result: 'RECORD_AND_SAMPLE' });
      report(started.unsampled, { otel_span_sampling_result: 'DROP' });
    },
  );
  if (account === undefined) return;

  const gauge = (name: string, help: string, read: (spans: SpanAccount) => number): void =>
    instruments.observeGauge({ name, help }, (report) => report(read(account())));
  const counter = (name: string, help: string, collect: (spans: SpanAccount, report: Report) => void): void =>
    instruments.observeCounter({ name, help, labelNames: ['error_type'] }, (report) => collect(account(), report));

  gauge('otel_sdk_processor_span_queue_size', 'Spans that wait to be exported', ({ queued }) => queued);
  gauge('otel_sdk_exporter_span_inflight', 'Spans that are being exported', ({ inFlight }) => inFlight);
  counter(
    'otel_sdk_processor_span_processed_total',
    'Spans that were given to the exporter, or dropped (error_type)',
    ({ ended, queued, dropped }, report) => {
      report(ended - queued - totalOf(dropped));
      reportByErrorType(dropped, report, DROP_REASONS);
    },
  );
  counter(
    'otel_sdk_exporter_span_exported_total',
    'Spans whose export is over, with success or without (error_type)',
    ({ exported, failed }, report) => {
      report(exported);
      reportByErrorType(failed, report, EXPORT_FAILURES);
    },
  );
}

/** Known beforehand, and shown with 0 from the start: the first failure of a series that is new is not an increase. */
const DROP_REASONS = ['queue_full', 'already_shutdown', 'encoding_failed'];
const EXPORT_FAILURES = ['ECONNREFUSED', 'timeout', 'rejected', 'encoding_failed', '503'];

function reportByErrorType(counts: ReadonlyMap<string, number>, report: Report, known: readonly string[]): void {
  for (const errorType of known) report(0, { error_type: errorType });
  for (const [errorType, count] of counts) report(count, { error_type: errorType });
}
