/**
 * The way of a span from its end to the receiver, with an account of each: ended = exported + failed + dropped, and
 * those still queued or in flight.
 */
import { atMost, reportInternalError, type WorkRecord } from '@porthole/core/internal';
import type { ExportOutcome, OtlpExporter } from '../otlp/otlp-exporter.js';
import type { SpanAccount } from './span-account.js';
import type { SpanClock } from './span-clock.js';
import type { SpanDetails } from './span-details.js';
import type { InstrumentationScope, SpanBatch, SpanQueue } from './span-queue.js';
import { splitBatch } from './split-batch.js';

export interface SpanPipelineOptions {
  readonly queue: SpanQueue;
  readonly exporter: OtlpExporter;
  readonly clock: SpanClock;
  readonly exportIntervalMs: number;
  /** Spans that may be queued and in flight together. @defaultValue as many as the queue takes */
  readonly maxQueuedSpans?: number;
  /** Spans of one export. @defaultValue no limit but that of its bytes */
  readonly maxExportSpans?: number;
  /** Called for each span for which there was no room. */
  readonly onQueueFull?: () => void;
  /** Called with the outcome of each export. */
  readonly onOutcome?: (outcome: ExportOutcome) => void;
}

/** Takes ended spans and exports them in batches, one at a time. */
export interface SpanPipeline {
  /** Queues the span of a record that has ended. Never throws. */
  add(record: WorkRecord, scope: InstrumentationScope, details: SpanDetails | undefined): void;
  readonly account: SpanAccount;
  /** From now on spans leave within 100 ms: the process may end at any time. */
  skipBackoff(): void;
  /**
   * Resolves when all that was added before is exported or given up, at the latest after `timeoutMs`. Never rejects.
   */
  flush(timeoutMs: number): Promise<void>;
  /**
   * Flushes for `timeoutMs` at most; the rest then counts as failed or dropped, and so do later spans.
   */
  close(timeoutMs: number): Promise<void>;
}

/** A batch of this size does not wait for the interval. */
const EXPORT_AT_BYTES = 524_288;

/** How long a span waits for others if the process may end at any time. */
export const HURRIED_INTERVAL_MS = 100;

/** A batch that is longer than this is exported in parts, for the sake of receivers that refuse long ones. */
const MAX_REQUEST_BYTES = 2_097_152;

/** Starts the export of added spans, every `exportIntervalMs` or when there is much of it. */
export function createSpanPipeline(options: SpanPipelineOptions): SpanPipeline {
  const { queue, exporter, clock, maxQueuedSpans = Number.POSITIVE_INFINITY } = options;
  const requestLimits = { maxBytes: MAX_REQUEST_BYTES, maxSpans: options.maxExportSpans ?? Number.POSITIVE_INFINITY };
  let ended = 0;
  let exported = 0;
  let inFlight = 0;
  const failed = new Map<string, number>();
  const dropped = new Map<string, number>();
  let exporting: Promise<void> | undefined;
  let scheduled = false;
  let closing: Promise<void> | undefined;
  let closed = false;

  const exportEvery = (intervalMs: number): NodeJS.Timeout => setInterval(() => kick(), intervalMs).unref();
  let timer = exportEvery(options.exportIntervalMs);

  const kick = (): void => {
    scheduled = false;
    if (exporting !== undefined || closed) return;
    // Also if nothing waits: the next spans are those that come after a pause, in which the machine may have slept.
    clock.sync();
    const batch = queue.take();
    if (batch === undefined) return;
    inFlight = batch.spans;
    exporting = exportBatch(batch).then(() => {
      queue.release();
      exporting = undefined;
      if (queue.bytes >= EXPORT_AT_BYTES) kick();
    });
  };

  /** Never rejects: in every case, each span of the batch is accounted for. */
  const exportBatch = async (batch: SpanBatch): Promise<void> => {
    try {
      for (const request of splitBatch(batch, requestLimits)) settle(await exporter.export(request));
    } catch (error) {
      reportInternalError('tracing', error);
    }
    if (inFlight > 0) settle({ exported: 0, failed: inFlight, errorType: 'encoding_failed' });
  };

  const settle = (outcome: ExportOutcome): void => {
    exported += outcome.exported;
    if (outcome.failed > 0) increase(failed, outcome.errorType, outcome.failed);
    inFlight -= outcome.exported + outcome.failed;
    try {
      options.onOutcome?.(outcome);
    } catch (error) {
      reportInternalError('tracing', error);
    }
  };

  const dropForRoom = (): void => {
    increase(dropped, 'queue_full', 1);
    options.onQueueFull?.();
  };

  const flush = async (timeoutMs: number): Promise<void> => {
    exporter.skipBackoff();
    const exportAll = async (): Promise<void> => {
      await exporting;
      kick();
      await exporting;
    };
    await atMost(timeoutMs, exportAll());
  };

  const close = async (timeoutMs: number): Promise<void> => {
    await flush(timeoutMs);
    closed = true;
    clearInterval(timer);
    exporter.close();
    await exporting;
    const batch = queue.take();
    if (batch !== undefined) increase(dropped, 'already_shutdown', batch.spans);
  };

  return {
    add: (record, scope, details) => {
      ended++;
      if (closed) return increase(dropped, 'already_shutdown', 1);
      if (queue.spans + inFlight >= maxQueuedSpans) return dropForRoom();
      try {
        if (!queue.add(record, scope, details)) dropForRoom();
      } catch (error) {
        increase(dropped, 'encoding_failed', 1);
        reportInternalError('tracing', error);
      }
      if (queue.bytes >= EXPORT_AT_BYTES && !scheduled && exporting === undefined) {
        scheduled = true;
        setImmediate(kick).unref();
      }
    },
    get account(): SpanAccount {
      return { ended, exported, failed, dropped, queued: queue.spans, inFlight };
    },
    skipBackoff: () => {
      if (closed) return;
      clearInterval(timer);
      timer = exportEvery(Math.min(HURRIED_INTERVAL_MS, options.exportIntervalMs));
      exporter.skipBackoff();
      kick();
    },
    flush,
    close: (timeoutMs) => {
      closing ??= close(timeoutMs);
      return closing;
    },
  };
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
