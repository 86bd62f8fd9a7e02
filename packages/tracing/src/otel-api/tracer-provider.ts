/** The OpenTelemetry API's tracers: their spans are work records, which only the span pipeline gets. */
import {
  type Context,
  type ContextManager,
  INVALID_SPAN_CONTEXT,
  propagation,
  type Span,
  SpanKind,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { WorkKind } from '@porthole/core';
import {
  activeRecord,
  createRecordBelow,
  isSuppressedIn,
  reportInternalError,
  runInContext,
  type WorkRecord,
} from '@porthole/core/internal';
import { markOwn } from '../other-sdk/other-provider.js';
import { requestOfSecondSpan } from '../other-sdk/server-spans.js';
import type { SpanClock } from '../span/span-clock.js';
import type { SpanDetails } from '../span/span-details.js';
import type { InstrumentationScope } from '../span/span-queue.js';
import { formatBaggage } from './baggage-list.js';
import { withBaggageOf } from './record-context.js';
import { createRecordSpan, detailsOf, joinActiveRecord, recordOf, spanContextOf } from './record-span.js';
import { toClockMs } from './time-input.js';

export interface TracerProviderOptions {
  readonly contextManager: ContextManager;
  readonly clock: SpanClock;
  /** Samples the record of a span that begins. */
  readonly onStart: (record: WorkRecord) => void;
  /** Takes the record of a span that has ended. */
  readonly onEnd: (record: WorkRecord, scope: InstrumentationScope, details: SpanDetails) => void;
  /** Called when the tracer `scope` begins a second server span of a request; it gets the request's own. */
  readonly onSecondSpan?: (scope: string) => void;
}

const KINDS: Readonly<Record<SpanKind, WorkKind>> = {
  [SpanKind.INTERNAL]: 'internal',
  [SpanKind.SERVER]: 'server',
  [SpanKind.CLIENT]: 'client',
  [SpanKind.PRODUCER]: 'producer',
  [SpanKind.CONSUMER]: 'consumer',
};

/** A provider whose tracers are named after the instrumentation that asks for them. */
export function createTracerProvider(options: TracerProviderOptions): TracerProvider {
  return markOwn({
    getTracer: (name, version) => createTracer({ name: textOf(name), version: version && textOf(version) }, options),
  });
}

/** Callers of JavaScript may give anything as a name. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch (error) {
    reportInternalError('tracing', error);
    return '';
  }
}

function createTracer(scope: InstrumentationScope, options: TracerProviderOptions): Tracer {
  const { contextManager } = options;

  const startSpan = (name: string, spanOptions?: SpanOptions, context?: Context): Span => {
    try {
      return startRecordSpan(name, spanOptions ?? {}, context ?? contextManager.active(), scope, options);
    } catch (error) {
      reportInternalError('tracing', error);
      return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    }
  };

  // The API's overloads: (name, fn), (name, options, fn), (name, options, context, fn).
  const startActiveSpan = (name: string, ...args: readonly unknown[]): unknown => {
    const fn = args.at(-1);
    if (typeof fn !== 'function') return undefined;
    const context = (args.length > 2 ? (args[1] as Context | undefined) : undefined) ?? contextManager.active();
    const span = startSpan(name, args.length > 1 ? (args[0] as SpanOptions) : undefined, context);
    return contextManager.with(contextWith(span, context), fn as (span: Span) => unknown, undefined, span);
  };

  /** `context` with `span` in it; if that is not a context, the active one with it. */
  const contextWith = (span: Span, context: Context): Context => {
    try {
      const record = recordOf(span);
      const next = trace.setSpan(context, span);
      return record === undefined ? next : withBaggageOf(record, next);
    } catch (error) {
      reportInternalError('tracing', error);
      return trace.setSpan(contextManager.active(), span);
    }
  };

  return { startSpan, startActiveSpan: startActiveSpan as Tracer['startActiveSpan'] };
}

function startRecordSpan(
  name: string,
  spanOptions: SpanOptions,
  context: Context,
  scope: InstrumentationScope,
  { contextManager, clock, onStart, onEnd, onSecondSpan }: TracerProviderOptions,
): Span {
  if (isSuppressedIn(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  const parent = spanOptions.root === true ? undefined : spanContextOf(context);
  const kind = KINDS[spanOptions.kind ?? SpanKind.INTERNAL] ?? 'internal';
  const request = kind === 'server' ? requestOfSecondSpan(spanOptions.attributes, parent) : undefined;
  const requestSpan = request && trace.getSpan(contextOfRecord(request, contextManager));
  if (requestSpan !== undefined) {
    onSecondSpan?.(scope.name);
    return requestSpan;
  }
  const startMs = toClockMs(spanOptions.startTime, clock.originMs);
  const above = joinActiveRecord(parent, activeRecord());
  const record = createRecordBelow(kind, String(name), above, baggageOf(context), startMs);
  onStart(record);
  const span = createRecordSpan(record, { clock, onEnd: (_, details) => onEnd(record, scope, details) });
  const details = detailsOf(span) as SpanDetails;
  details.startMs = startMs;
  if (spanOptions.attributes !== undefined) span.setAttributes(spanOptions.attributes);
  if (spanOptions.links !== undefined) span.addLinks(spanOptions.links);
  return span;
}

function contextOfRecord(record: WorkRecord, contextManager: ContextManager): Context {
  return (record.otelContext as Context | undefined) ?? runInContext(record, () => contextManager.active());
}

/** The baggage of `context`, which may be another one than its span began with. */
function baggageOf(context: Context): string | undefined {
  const baggage = propagation.getBaggage(context);
  return baggage === undefined ? recordOf(trace.getSpan(context))?.baggage : formatBaggage(baggage);
}
