import { type Instruments, noInstruments, type Report } from '@porthole/core/internal';
import { expect, test } from 'vitest';
import { exposePipelineMetrics } from './pipeline-metrics.js';
import type { StartedSpans } from './started-spans.js';

test('reasons that are known beforehand are shown with 0 before the first span is lost, and are counted on', () => {
  const collected = new Map<string, (report: Report) => unknown>();
  const instruments: Instruments = {
    ...noInstruments,
    observeCounter: ({ name }, collect) => void collected.set(name, collect),
  };
  const started = { sampled: 0, unsampled: 0 } as StartedSpans;
  const failed = new Map([['ECONNREFUSED', 2]]);
  exposePipelineMetrics(instruments, started, () => ({
    ...{ ended: 0, exported: 0, queued: 0, inFlight: 0 },
    ...{ dropped: new Map(), failed },
  }));
  const read = (name: string): Record<string, number> => {
    const series: Record<string, number> = {};
    collected.get(name)?.((value, labels) => {
      series[labels?.error_type ?? ''] = value;
    });
    return series;
  };
  expect(read('otel_sdk_processor_span_processed_total')).toEqual({
    '': 0,
    queue_full: 0,
    already_shutdown: 0,
    encoding_failed: 0,
  });
  expect(read('otel_sdk_exporter_span_exported_total')).toMatchObject({ ECONNREFUSED: 2, timeout: 0, rejected: 0 });
});
