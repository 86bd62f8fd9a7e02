/**
 * The OpenTelemetry context of a unit of work: its span and its baggage, made when somebody asks and kept on the
 * record.
 */
import { type Context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { WorkRecord } from '@porthole/core/internal';
import { parseBaggage } from './baggage-list.js';
import { createRecordSpan, type RecordSpanOptions } from './record-span.js';

/**
 * The context that has the span of `record` active, with the values of `outer` if it runs inside another context.
 */
export function createRecordContext(
  record: WorkRecord,
  options: RecordSpanOptions,
  outer: Context = ROOT_CONTEXT,
): Context {
  return withBaggageOf(record, trace.setSpan(outer, createRecordSpan(record, options)));
}

/** `context` with the baggage of `record`, and no other. */
export function withBaggageOf({ baggage }: WorkRecord, context: Context): Context {
  if (baggage !== undefined) return propagation.setBaggage(context, parseBaggage(baggage));
  return propagation.getBaggage(context) === undefined ? context : propagation.deleteBaggage(context);
}
