/** The OpenTelemetry API's propagator, as core reads and writes the formats that the process uses. */
import {
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import {
  extractContext,
  injectContext,
  isSuppressedIn,
  propagationFields,
  reportInternalError,
} from '@porthole/core/internal';
import { toApiSpanContext } from './api-span-context.js';
import { formatBaggage, parseBaggage } from './baggage-list.js';
import { spanContextOf } from './record-span.js';

/** A propagator; errors of carriers, getters and setters are counted and leave the context as it is. */
export function createPropagator(): TextMapPropagator {
  return {
    fields: () => [...propagationFields()],
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
  const parent = isSuppressedIn(context) ? undefined : spanContextOf(context);
  // The baggage of the context, which may have changed since the span began.
  const baggage = propagation.getBaggage(context);
  injectContext({ parent, baggage: baggage && formatBaggage(baggage) }, (name, value) => {
    setter.set(carrier, name, value);
  });
}

function extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
  const { parent, baggage } = extractContext((name) => {
    const value = getter.get(carrier, name);
    if (Array.isArray(value)) return value.join(',');
    return typeof value === 'string' ? value : undefined;
  });
  const extracted = parent === undefined ? context : trace.setSpanContext(context, toApiSpanContext(parent));
  return baggage === undefined ? extracted : propagation.setBaggage(extracted, parseBaggage(baggage));
}
