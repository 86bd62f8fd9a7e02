/** The SDK's spans of work records: started and ended with them, with the same data as in Porthole's own export. */
import {
  type Attributes,
  type AttributeValue,
  type Context,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { isError, isSuppressedIn, parentOf, type WorkRecord } from '@porthole/core/internal';
import { fromApiSpanContext, toApiSpanContext } from '../otel-api/api-span-context.js';
import { withBaggageOf } from '../otel-api/record-context.js';
import { linkRecord } from '../otel-api/record-span.js';
import { takeIdentity } from '../other-sdk/take-identity.js';
import { exceptionAttributes } from '../span/exception-attributes.js';
import type { SpanClock } from '../span/span-clock.js';
import { commonAttributes, ownAttributes, spanNameOf, statusOf } from '../span/span-fields.js';
import { isParentActive, type SpanIdentity } from './span-identity.js';

export interface SdkSpansOptions {
  /** The SDK's, named after Porthole. */
  readonly tracer: Tracer;
  readonly identity: SpanIdentity;
  readonly clock: SpanClock;
}

export interface SdkSpans {
  /**
   * Starts the span of `record`, inside the context `outer`; makes it the active one, and the record sampled as it is.
   */
  start(record: WorkRecord, outer: Context | undefined): void;
  /** Ends it. */
  end(record: WorkRecord): void;
  /** Puts one in its place that is not recorded. It never ends, so that no processor exports it. */
  forget(record: WorkRecord): void;
}

/** The readable part of the SDK's spans, which are `ReadableSpan`s too. */
interface ReadableSpan {
  readonly name?: string;
  readonly attributes?: Attributes;
  readonly status?: { readonly code: number };
  readonly events?: readonly { readonly name: string; readonly attributes?: Attributes }[];
}

/** A span that has been started, and how it was then. */
interface StartedSpan {
  readonly span: Span & ReadableSpan;
  readonly name: string;
  readonly attributes: Attributes;
  readonly startNs: bigint;
}

const API_KINDS: Readonly<Record<WorkRecord['kind'], SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Spans of `tracer` for records. */
export function createSdkSpans({ tracer, identity, clock }: SdkSpansOptions): SdkSpans {
  const started = new WeakMap<WorkRecord, StartedSpan>();

  const startSpan = (record: WorkRecord, parent: Context): Span => {
    const name = spanNameOf(record);
    const startNs = nanosecondsOf(clock, record.startMs);
    const options = {
      kind: API_KINDS[record.kind],
      startTime: hrTimeOf(startNs),
      attributes: { ...commonAttributes(record), ...ownAttributes(record), ...record.attributes } as Attributes,
      links: (record.links ?? []).map((link) => ({ context: toApiSpanContext(link) })),
    };
    const span: Span & ReadableSpan = identity.handOver(record, () => tracer.startSpan(name, options, parent));
    const context = fromApiSpanContext(span.spanContext());
    if (context !== undefined) {
      // Somebody else's generator may have made the ids.
      takeIdentity(record, context);
    }
    if (!span.isRecording()) passRouteOn(span, record);
    started.set(record, { span, name, attributes: { ...span.attributes }, startNs });
    return span;
  };

  return {
    start: (record, outer) => {
      const parent = parentContextOf(record, outer);
      let span: Span;
      if (isSuppressedIn(parent)) {
        record.sampled = false;
        span = trace.wrapSpanContext(toApiSpanContext(record));
      } else {
        clock.sync();
        span = startSpan(record, parent);
      }
      linkRecord(span, record);
      record.otelContext = trace.setSpan(parent, span);
    },
    end: (record) => {
      const found = started.get(record);
      if (found === undefined || !found.span.isRecording()) return;
      const { span, startNs } = found;
      const endTime = hrTimeOf(startNs + roundedNs(record.endMs) - roundedNs(record.startMs));
      describe(record, found);
      if (record.error !== undefined && !hasException(span, record.error)) {
        span.addEvent('exception', { ...exceptionAttributes(record.error) }, endTime);
      }
      span.end(endTime);
    },
    forget: (record) => {
      started.delete(record);
      const span = trace.wrapSpanContext(toApiSpanContext(record));
      linkRecord(span, record);
      record.otelContext = trace.setSpan((record.otelContext as Context | undefined) ?? ROOT_CONTEXT, span);
    },
  };
}

/** A span that is not recorded keeps nothing, but lines and metrics need the route. */
function passRouteOn(span: Span, record: WorkRecord): void {
  const setAttributes = (attributes: Attributes): Span => {
    const route = attributes?.['http.route'];
    if (route !== undefined && record.endMs === 0) record.setAttribute('http.route', route as string);
    return span;
  };
  Object.assign(span, {
    setAttributes,
    setAttribute: (key: string, value: AttributeValue) => setAttributes({ [key]: value }),
  });
}

/** Name, status and attributes as the record has them by now, unless the application has set others. */
function describe(record: WorkRecord, { span, name, attributes }: StartedSpan): void {
  const status = statusOf(record);
  if (status.code !== 0 && (span.status?.code ?? 0) === 0) {
    span.setStatus({ code: status.code, ...(status.message === undefined ? {} : { message: status.message }) });
  }
  // Attributes of the span are on the record too, as with a span of Porthole's own: log lines show it.
  for (const [key, value] of Object.entries(span.attributes ?? {})) {
    if (!Object.is(attributes[key], value))
      record.setAttribute(key, value as Parameters<WorkRecord['setAttribute']>[1]);
  }
  // By the route that may be among these.
  if (span.name === undefined || span.name === name) span.updateName(spanNameOf(record));
  const all = { ...commonAttributes(record), ...ownAttributes(record), ...record.attributes };
  for (const [key, value] of Object.entries(all)) span.setAttribute(key, value as AttributeValue);
}

/** The context that the span begins in: the one around it, or one with its parent in it; always with its baggage. */
function parentContextOf(record: WorkRecord, outer: Context = ROOT_CONTEXT): Context {
  const base = withBaggageOf(record, outer);
  const above = parentOf(record);
  if (above === undefined) return trace.deleteSpan(base);
  return isParentActive(base, record) ? base : trace.setSpanContext(base, toApiSpanContext(above));
}

/** Whether the application has recorded `error` itself. */
function hasException({ events = [] }: ReadableSpan, error: unknown): boolean {
  const { 'exception.message': message } = exceptionAttributes(error);
  // Exceptions of the SDK have no causes.
  const stack = isError(error) ? error.stack : undefined;
  return events.some(
    ({ name, attributes }) =>
      name === 'exception' &&
      attributes?.['exception.message'] === message &&
      attributes['exception.stacktrace'] === stack,
  );
}

function nanosecondsOf(clock: SpanClock, ms: number): bigint {
  clock.convert(ms);
  return (BigInt(clock.high) << 32n) | BigInt(clock.low);
}

/** As the clock rounds: it gives both ends of a span in the same way. */
function roundedNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}

const NS_PER_SECOND = 1_000_000_000n;

function hrTimeOf(ns: bigint): HrTime {
  return [Number(ns / NS_PER_SECOND), Number(ns % NS_PER_SECOND)];
}
