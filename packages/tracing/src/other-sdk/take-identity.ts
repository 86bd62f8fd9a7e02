/** Records whose span is another SDK's. */
import type { SpanContext } from '@porthole/core';
import { SAMPLED, type WorkRecord } from '@porthole/core/internal';

/** The ids of `span`, and its sampling decision, become the record's. */
export function takeIdentity(record: WorkRecord, span: SpanContext): void {
  const identity: { -readonly [Key in keyof SpanContext]?: SpanContext[Key] } = record;
  identity.traceId0 = span.traceId0;
  identity.traceId1 = span.traceId1;
  identity.traceId2 = span.traceId2;
  identity.traceId3 = span.traceId3;
  identity.spanId0 = span.spanId0;
  identity.spanId1 = span.spanId1;
  record.sampled = (span.traceFlags & SAMPLED) !== 0;
}
