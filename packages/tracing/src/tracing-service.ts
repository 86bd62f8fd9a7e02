/** The contract of the tracing of one service, with any exporter. */
import type { Tracer } from '@opentelemetry/api';
import type { Observer } from '@porthole/core';
import type { WorkRecord } from '@porthole/core/internal';

/** The tracing of one service. */
export interface Tracing {
  /** Samples the records that start and exports those that end: give it to `addObserver`. */
  readonly observer: Observer;
  /** Makes spans of the application's own. */
  readonly tracer: Tracer;
  /**
   * The exporter of spans, for which `close` needs its time: Porthole itself, another OpenTelemetry SDK in this
   * process, or none.
   */
  readonly exporter: 'own' | 'other' | 'none';
  /** Spans that have ended so far and are to be exported. */
  readonly ended: number;
  /**
   * Gives the record of a request that has begun the ids of the span that the calling code runs in; undefined unless
   * another SDK was registered first, whose instrumentations begin theirs after the record.
   */
  readonly joinActiveSpan?: ((record: WorkRecord) => void) | undefined;
  /** Makes this the OpenTelemetry API's implementation, as far as there is none yet. */
  register(): void;
  /** From now on spans leave within 100 ms: the process may end at any time. */
  skipBackoff(): void;
  /** Logs how many spans have not left, if any: call it when nothing can leave any more. */
  reportLoss(): void;
  /** Exports spans that ended so far; takes `timeoutMs` at most and never rejects. */
  flush(timeoutMs: number): Promise<void>;
  /**
   * Flushes for 2.5 s at most, stops the export and takes this off the OpenTelemetry API. Resolves when `signal`
   * aborts, if that is earlier. Never rejects.
   */
  close(signal?: AbortSignal): Promise<void>;
}
