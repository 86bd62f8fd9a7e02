/**
 * Server spans that an instrumentation of OpenTelemetry (`@opentelemetry/instrumentation-http`) begins for a request
 * that has a record already. A second SDK that is started after Porthole does so.
 */
import { type Attributes, type Span, SpanKind } from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import { activeRecord, isRequestInFlight, type Log, spanIdOf, type WorkRecord } from '@porthole/core/internal';

/** The readable part of the SDK's spans, of its major versions 1 and 2. */
interface SdkSpan extends Partial<Span> {
  readonly kind?: SpanKind;
  readonly parentSpanContext?: { readonly spanId: string };
  readonly parentSpanId?: string;
  readonly instrumentationScope?: { readonly name?: string };
}

/** The request that a server span with `attributes` below `parent` stands for a second time, if it does. */
export function requestOfSecondSpan(
  attributes: Attributes | undefined,
  parent: SpanContext | undefined,
): WorkRecord | undefined {
  const method = attributes?.['http.request.method'] ?? attributes?.['http.method'];
  const record = activeRecord();
  if (method === undefined || record === undefined || !isRequestInFlight(record)) return undefined;
  if (parent === undefined) return record;
  return parent.spanId0 === record.parentSpanId0 && parent.spanId1 === record.parentSpanId1 ? record : undefined;
}

/** Whether `span`, which another provider has made, stands for the request of `record` a second time. */
export function isSecondSpan(span: SdkSpan, record: WorkRecord): boolean {
  if (span.kind !== SpanKind.SERVER || !isRequestInFlight(record)) return false;
  return (span.parentSpanContext?.spanId ?? span.parentSpanId) !== spanIdOf(record);
}

/** The instrumentation that made `span`. */
export function scopeOf({ instrumentationScope }: SdkSpan): string {
  return String(instrumentationScope?.name ?? 'another tracer');
}

/** Warns of the first one, with who makes it and what to do. */
export function createSecondSpanWarning(log: Log, consequence: string): (scope: string) => void {
  let isWarned = false;
  return (scope) => {
    if (isWarned) return;
    isWarned = true;
    log.warn(
      {},
      `${scope} makes a second server span of each request: ${consequence}. Leave that instrumentation out: Porthole records requests itself. ` +
        'Give an SDK of your own to startPorthole as nodeSdk',
    );
  };
}
