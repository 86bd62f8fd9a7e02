/**
 * The context manager for spans of the SDK. Inside one of them it is what log lines and calls to others belong to, as inside a
 * span of Porthole's own: hence it gets a record, too, which nobody starts and nobody ends.
 */
import { type Context, type ContextManager, propagation, type Span, trace } from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import { activeRecord, RANDOM, WorkRecord } from '@porthole/core/internal';
import { fromApiSpanContext } from '../otel-api/api-span-context.js';
import { formatBaggage } from '../otel-api/baggage-list.js';
import { createContextManager } from '../otel-api/context-manager.js';
import { linkRecord, type RecordSpanOptions, recordOf } from '../otel-api/record-span.js';
import { takeIdentity } from './span-identity.js';

/** A context manager that knows the SDK's spans. */
export function createSdkContextManager(options: RecordSpanOptions): ContextManager {
  const manager = createContextManager(options);
  return {
    ...manager,
    with: (context, fn, thisArg, ...args) => {
      adoptSpan(context);
      return manager.with(context, fn, thisArg, ...args);
    },
    bind: (context, target) => {
      adoptSpan(context);
      return manager.bind(context, target);
    },
  };
}

/** Gives the active span of `context` a record, unless it has one. */
function adoptSpan(context: Context): void {
  const span = trace.getSpan(context);
  if (span === undefined || recordOf(span) !== undefined) return;
  const identity = fromApiSpanContext(span.spanContext());
  if (identity !== undefined) linkRecord(span, createSpanRecord(span, identity, context));
}

function createSpanRecord(span: Span, identity: SpanContext, context: Context): WorkRecord {
  const around = activeRecord();
  // Flags of an SDK's span are "sampled" and no others; whether the trace id is random is known of the trace.
  const isRandom = around !== undefined && around.traceId3 === identity.traceId3 && (around.traceFlags & RANDOM) !== 0;
  const traceFlags = identity.traceFlags | (isRandom ? RANDOM : 0);
  const baggage = propagation.getBaggage(context);
  const record = new WorkRecord(
    'internal',
    String((span as { name?: unknown }).name ?? ''),
    { ...identity, traceFlags },
    baggage && formatBaggage(baggage),
  );
  takeIdentity(record, identity);
  return record;
}
