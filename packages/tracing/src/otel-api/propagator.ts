/** The OpenTelemetry API's propagator: W3C Trace Context and Baggage, as core reads and writes them. */
import {
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import { extractSpanContext, injectSpanContext, reportInternalError } from '@porthole/core/internal';
import { fromApiSpanContext, toApiSpanContext } from './api-span-context.js';
import { formatBaggage, parseBaggage } from './baggage-list.js';
import { recordOf } from './record-span.js';
import { isTracingSuppressed } from './suppression.js';

const BAGGAGE = 'baggage';

/** A propagator; what carriers, getters and setters throw is counted and leaves the context as it is. */
export function createPropagator(): TextMapPropagator {
  return {
    fields: () => ['traceparent', 'tracestate', BAGGAGE],
    inject: (context, carrier, setter) => {
      try {
        inject(context, carrier, setter);
      } catch (error) {
        reportInternalError('tracing', error);
      }
    },
    extract: (context, carrier, getter) => {
      try {
        return extract(context, carrier, getter);
      } catch (error) {
        reportInternalError('tracing', error);
        return context;
      }
    },
  };
}

function inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
  const write = (name: string, value: string): void => setter.set(carrier, name, value);
  const spanContext = isTracingSuppressed(context) ? undefined : spanContextOf(context);
  // The baggage of the context, which may have changed since the span began.
  if (spanContext !== undefined) {
    injectSpanContext(spanContext, (name, value) => {
      if (name !== BAGGAGE) write(name, value);
    });
  }
  const baggage = propagation.getBaggage(context);
  const list = baggage === undefined ? undefined : formatBaggage(baggage);
  if (list !== undefined) write(BAGGAGE, list);
}

function spanContextOf(context: Context): SpanContext | undefined {
  const span = trace.getSpan(context);
  if (span === undefined) return undefined;
  return recordOf(span) ?? fromApiSpanContext(span.spanContext());
}

function extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
  const read = (name: string): string | undefined => {
    const value = getter.get(carrier, name);
    if (Array.isArray(value)) return value.join(',');
    return typeof value === 'string' ? value : undefined;
  };
  let extracted = context;
  const parent = extractSpanContext(read);
  if (parent !== undefined) extracted = trace.setSpanContext(extracted, toApiSpanContext(parent, true));
  const baggage = parent === undefined ? read(BAGGAGE) : parent.baggage;
  return baggage === undefined || baggage === '' ? extracted : propagation.setBaggage(extracted, parseBaggage(baggage));
}
