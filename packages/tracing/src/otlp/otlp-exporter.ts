/**
 * Exports requests as the OTLP specification asks for (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response):
 * retries with exponential back-off, and a pause if the receiver asks for it. The pause holds for later requests too.
 */
import { performance } from 'node:perf_hooks';
import type { OtlpAnswer, OtlpClient, OtlpRefused } from './otlp-transport.js';

/** One `Export…ServiceRequest`. */
export interface OtlpRequest {
  /** Spans, or data points, that are in it. */
  readonly items: number;
  /** The message as protobuf; its bytes hold until the export is over. */
  readonly message: readonly Uint8Array[];
}

/** The outcome of a request: all its items are either exported or failed. */
export interface ExportOutcome {
  readonly exported: number;
  readonly failed: number;
  /**
   * OpenTelemetry's `error.type` of those that failed: a status code, a system error's code, `timeout`, `rejected`,
   * `encoding_failed` or `closed`.
   */
  readonly errorType: string;
}

export interface OtlpExporterOptions {
  readonly client: OtlpClient;
  /** How often one request is sent before it is given up. @defaultValue 5 */
  readonly maxAttempts?: number;
  /** For one request with all its attempts and waits. @defaultValue no limit but that of the attempts */
  readonly exportTimeoutMs?: number;
  /** The wait after the first failure; doubled with each that follows, give or take a fifth. @defaultValue 1000 */
  readonly initialBackoffMs?: number;
  /** @defaultValue 8000 */
  readonly maxBackoffMs?: number;
}

/** Exports one request at a time. */
export interface OtlpExporter {
  /** Sends `request`, again if need be. Never rejects. */
  export(request: OtlpRequest): Promise<ExportOutcome>;
  /** Ends a back-off that is under way, unless the receiver asked for the wait. */
  skipBackoff(): void;
  /** Gives up the request in flight, and everything after it. */
  close(): void;
}

const JITTER = 0.2;

/** An exporter over `client`, which it closes. */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { client, maxAttempts = 5, initialBackoffMs = 1000, maxBackoffMs = 8000 } = options;
  const { exportTimeoutMs = Number.POSITIVE_INFINITY } = options;
  let consecutiveFailures = 0;
  // On performance.now()'s clock: until when to back off, and until when the receiver has asked us to wait.
  let backOffUntilMs = 0;
  let askedToWaitUntilMs = 0;
  let closed = false;
  let wake = (): void => {};

  const pause = (untilMs: number): Promise<void> =>
    new Promise((resolve) => {
      const waitMs = Math.min(Math.max(backOffUntilMs, askedToWaitUntilMs), untilMs) - performance.now();
      if (waitMs <= 0 || closed) return resolve();
      const timer = setTimeout(resolve, waitMs);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const noteFailure = ({ retryAfterMs }: OtlpRefused): void => {
    const backOffMs = Math.min(initialBackoffMs * 2 ** consecutiveFailures, maxBackoffMs);
    backOffUntilMs = performance.now() + backOffMs * (1 - JITTER + 2 * JITTER * Math.random());
    consecutiveFailures++;
    if (retryAfterMs !== undefined) askedToWaitUntilMs = performance.now() + retryAfterMs;
  };

  /** The last answer, or why there was none. */
  const attempt = async (body: readonly Uint8Array[], deadlineMs: number): Promise<OtlpAnswer | string> => {
    let last: OtlpRefused | undefined;
    for (let attempts = 0; attempts < maxAttempts; attempts++) {
      await pause(deadlineMs);
      if (closed) return last ?? 'closed';
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return last ?? 'timeout';
      const answer = await client.send(body, leftMs);
      if (answer.accepted || !answer.retryable) return answer;
      last = answer;
      noteFailure(answer);
    }
    return last as OtlpRefused;
  };

  return {
    export: async ({ items, message }) => {
      const deadlineMs = performance.now() + exportTimeoutMs;
      let body: readonly Uint8Array[];
      try {
        body = await client.encode(message);
      } catch {
        return failureOf(items, 'encoding_failed');
      }
      const answer = await attempt(body, deadlineMs);
      if (typeof answer === 'string') return failureOf(items, answer);
      if (!answer.accepted) return failureOf(items, answer.errorType);
      consecutiveFailures = 0;
      const rejected = Math.min(answer.rejected, items);
      return { exported: items - rejected, failed: rejected, errorType: rejected === 0 ? '' : 'rejected' };
    },
    skipBackoff: () => {
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

function failureOf(items: number, errorType: string): ExportOutcome {
  return { exported: 0, failed: items, errorType };
}
