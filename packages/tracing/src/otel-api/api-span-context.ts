/** Between the OpenTelemetry API's span contexts, which are hex strings, and core's, which are integers. */
import {
  type SpanContext as ApiSpanContext,
  createTraceState,
  isSpanContextValid,
  type TraceState,
} from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import { parseTraceparent, spanIdOf, traceIdOf } from '@porthole/core/internal';

/** `context` as the API shows it. */
export function toApiSpanContext(context: SpanContext): ApiSpanContext {
  return {
    traceId: traceIdOf(context),
    spanId: spanIdOf(context),
    traceFlags: context.traceFlags,
    ...(context.isRemote ? { isRemote: true } : {}),
    ...(context.traceState === undefined ? {} : { traceState: createRawTraceState(context.traceState) }),
  };
}

/** The span context of `context`, or undefined if it is not valid. */
export function fromApiSpanContext(context: ApiSpanContext): SpanContext | undefined {
  if (!isSpanContextValid(context)) return undefined;
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, '0');
  const parsed = parseTraceparent(`00-${context.traceId.toLowerCase()}-${context.spanId.toLowerCase()}-${flags}`);
  if (parsed === undefined) return undefined;
  const traceState = context.traceState?.serialize();
  return {
    ...parsed,
    traceState: traceState === undefined || traceState === '' ? undefined : traceState,
    isRemote: context.isRemote === true,
  };
}

/** Passes the list on as it arrived: the API's own parser drops keys that the W3C allows. */
function createRawTraceState(list: string): TraceState {
  return {
    get: (key) => createTraceState(list).get(key),
    set: (key, value) => createTraceState(list).set(key, value),
    unset: (key) => createTraceState(list).unset(key),
    serialize: () => list,
  };
}
