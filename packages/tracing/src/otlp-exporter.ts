/**
 * Exports batches as the OTLP specification asks for (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response): retries
 * with exponential back-off, and patience where the receiver asks for it, which holds for the batches after it too.
 */
import { performance } from 'node:perf_hooks';
import type { OtlpClient, PostAnswer, PostFailure } from './otlp-post.js';
import { parseRejectedSpans } from './partial-success.js';
import { parseRetryAfter } from './retry-after.js';
import type { SpanBatch } from './span-queue.js';

/** What became of a batch: all its spans are either exported or failed. */
export interface ExportOutcome {
  readonly exported: number;
  readonly failed: number;
  /** OpenTelemetry's `error.type` of those that failed: a status code, a system error's code, `timeout` or `rejected`. */
  readonly errorType: string;
}

export interface OtlpExporterOptions {
  readonly client: OtlpClient;
  /** POSTs of one batch before it is given up. @defaultValue 5 */
  readonly maxAttempts?: number;
  /** The wait after the first failure; doubled with each that follows, give or take a fifth. @defaultValue 1000 */
  readonly initialBackoffMs?: number;
  /** @defaultValue 8000 */
  readonly maxBackoffMs?: number;
}

/** Exports one batch at a time. */
export interface OtlpExporter {
  /** Sends `batch`, again if need be. Never rejects. */
  export(batch: SpanBatch): Promise<ExportOutcome>;
  /** Ends a back-off that is under way, unless the receiver asked for the wait. */
  hurry(): void;
  /** Gives up what is under way, and everything after it. */
  close(): void;
}

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const JITTER = 0.2;

/** An exporter over `client`, which it closes. */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { client, maxAttempts = 5, initialBackoffMs = 1000, maxBackoffMs = 8000 } = options;
  let consecutiveFailures = 0;
  // On performance.now()'s clock: until when to back off, and until when the receiver has asked us to wait.
  let backOffUntilMs = 0;
  let askedToWaitUntilMs = 0;
  let closed = false;
  let wake = (): void => {};

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const waitMs = Math.max(backOffUntilMs, askedToWaitUntilMs) - performance.now();
      if (waitMs <= 0 || closed) return resolve();
      const timer = setTimeout(resolve, waitMs);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const noteFailure = (result: PostAnswer | PostFailure): void => {
    const backOffMs = Math.min(initialBackoffMs * 2 ** consecutiveFailures, maxBackoffMs);
    backOffUntilMs = performance.now() + backOffMs * (1 - JITTER + 2 * JITTER * Math.random());
    consecutiveFailures++;
    const waitMs = result.answered ? parseRetryAfter(result.retryAfter, Date.now()) : undefined;
    if (waitMs !== undefined) askedToWaitUntilMs = performance.now() + waitMs;
  };

  return {
    export: async (batch) => {
      let errorType = 'closed';
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        await pause();
        if (closed) break;
        const result = await client.post([batch.head, batch.body]);
        if (result.answered && result.status >= 200 && result.status < 300) {
          consecutiveFailures = 0;
          return successOf(batch, result);
        }
        errorType = result.answered ? String(result.status) : result.errorType;
        if (result.answered && !RETRYABLE_STATUSES.has(result.status)) break;
        noteFailure(result);
      }
      return { exported: 0, failed: batch.spans, errorType };
    },
    hurry: () => {
      if (performance.now() >= askedToWaitUntilMs) {
        backOffUntilMs = 0;
        wake();
      }
    },
    close: () => {
      closed = true;
      wake();
      client.close();
    },
  };
}

function successOf(batch: SpanBatch, answer: PostAnswer): ExportOutcome {
  const rejected = Math.min(parseRejectedSpans(answer.body), batch.spans);
  return { exported: batch.spans - rejected, failed: rejected, errorType: rejected === 0 ? '' : 'rejected' };
}
