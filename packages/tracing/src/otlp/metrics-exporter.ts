/** Metrics on their way to an OTLP receiver: now and then, and a last time at the end. */
import {
  aborted,
  atMost,
  type Log,
  type MetricFamily,
  type Resource,
  reportInternalError,
} from '@porthole/core/internal';
import { encodeMetrics } from './metrics-message.js';
import { createOtlpClient } from './otlp-client.js';
import { createOtlpExporter, type ExportOutcome } from './otlp-exporter.js';
import type { OtlpOptions } from './otlp-transport.js';
import { createOutageLog } from './outage-log.js';

export interface MetricsExporterOptions extends OtlpOptions {
  /** The origin of the metrics. */
  readonly resource: Resource;
  /** Reads all metrics. Must not reject. */
  readonly read: () => Promise<readonly MetricFamily[]>;
  /** How often they are exported. */
  readonly intervalMs: number;
  /** The log for failed exports. */
  readonly log: Log;
}

export interface MetricsExporter {
  /** Exports the metrics, for `timeoutMs` at most. Never rejects. */
  flush(timeoutMs: number): Promise<void>;
  /**
   * Exports the metrics, for 2.5 s at most, and stops. Resolves when `signal` aborts, if that is earlier. Never
   * rejects.
   */
  close(signal?: AbortSignal): Promise<void>;
}

/** Below the 3 s that a shutdown has for its telemetry. */
const CLOSE_TIMEOUT_MS = 2500;

/** Starts the export, which does not keep the process alive. One is under way at a time. */
export function createMetricsExporter(options: MetricsExporterOptions): MetricsExporter {
  const { resource, read, intervalMs, log, endpoint } = options;
  const client = createOtlpClient({ ...options, signal: 'metrics' });
  const exporter = createOtlpExporter({ client });
  const onOutcome = createOutageLog(log, endpoint, 'data points');
  let current: Promise<void> | undefined;

  const exportAll = async (families: readonly MetricFamily[]): Promise<ExportOutcome> => {
    let all: ExportOutcome = { exported: 0, failed: 0, errorType: '' };
    for (const { message, dataPoints, oversized } of encodeMetrics(families, resource)) {
      const { exported, failed, errorType } = await exporter.export({ items: dataPoints, message: [message] });
      all = {
        exported: all.exported + exported,
        failed: all.failed + failed + oversized,
        errorType: errorType || (oversized > 0 ? 'encoding_failed' : all.errorType),
      };
    }
    return all;
  };
  const exportNow = async (): Promise<void> => {
    try {
      onOutcome(await exportAll(await read()));
    } catch (error) {
      reportInternalError('metrics', error);
    }
  };
  const exportOnce = (): Promise<void> => {
    current ??= exportNow().finally(() => {
      current = undefined;
    });
    return current;
  };
  const timer = setInterval(() => void exportOnce(), intervalMs);
  timer.unref();

  const flush = (timeoutMs: number): Promise<void> => {
    exporter.skipBackoff();
    // An export in flight does not have the last values.
    return atMost(timeoutMs, (current ?? Promise.resolve()).then(exportOnce));
  };

  return {
    flush,
    close: async (signal) => {
      clearInterval(timer);
      await Promise.race([flush(CLOSE_TIMEOUT_MS), aborted(signal)]);
      exporter.close();
    },
  };
}
