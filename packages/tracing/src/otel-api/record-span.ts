/** The OpenTelemetry API's `Span` over a work record. Nothing here throws: mistakes of callers are counted. */
import { performance } from 'node:perf_hooks';
import {
  type SpanContext as ApiSpanContext,
  type SpanStatus as ApiSpanStatus,
  type Attributes,
  type AttributeValue,
  type Context,
  type Exception,
  type Link,
  type Span,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import { isSameSpan, reportInternalError, type WorkRecord } from '@porthole/core/internal';
import { exceptionAttributes } from '../span/exception-attributes.js';
import type { SpanClock } from '../span/span-clock.js';
import { createSpanDetails, MAX_ATTRIBUTES, MAX_EVENTS_AND_LINKS, type SpanDetails } from '../span/span-details.js';
import { fromApiSpanContext, toApiSpanContext } from './api-span-context.js';
import { isTimeInput, toClockMs } from './time-input.js';

/** Registered, so that the ESM and the CommonJS build of this package know each other's spans. */
const RECORD = Symbol.for('porthole.v1.record');
const DETAILS = Symbol.for('porthole.v1.details');

/** A span that stands for a record. */
interface RecordSpan extends Span {
  readonly [RECORD]: WorkRecord;
  readonly [DETAILS]: SpanDetails;
}

export interface RecordSpanOptions {
  readonly clock: SpanClock;
  /** The function that ends the work; without it the record belongs to its creator, and `span.end()` does nothing. */
  readonly onEnd?: (record: WorkRecord, details: SpanDetails) => void;
}

/** The record that `span` stands for, if it is one of ours. */
export function recordOf(span: Span | undefined): WorkRecord | undefined {
  return (span as Partial<RecordSpan> | undefined)?.[RECORD];
}

/** Makes `span`, which is somebody else's, stand for `record`. */
export function linkRecord(span: Span, record: WorkRecord): void {
  Object.defineProperty(span, RECORD, { value: record, configurable: true });
}

/** The span that is active in `context`, ours or not; undefined without one, or if its ids are not valid. */
export function spanContextOf(context: Context): SpanContext | undefined {
  const span = trace.getSpan(context);
  return span && (recordOf(span) ?? fromApiSpanContext(span.spanContext()));
}

/**
 * The record of the work that `parent` started, instead of `parent`, if the active record is of that work. A handler,
 * or an instrumentation, may extract the caller's context again from the headers of its request.
 */
export function joinActiveRecord(
  parent: SpanContext | undefined,
  record: WorkRecord | undefined,
): SpanContext | undefined {
  const remoteParent = record?.remoteParent;
  return parent?.isRemote === true && remoteParent !== undefined && isSameSpan(parent, remoteParent) ? record : parent;
}

/** The details of `span` from the API, if it is one of ours. */
export function detailsOf(span: Span | undefined): SpanDetails | undefined {
  return (span as Partial<RecordSpan> | undefined)?.[DETAILS];
}

/** The span of `record`. */
export function createRecordSpan(record: WorkRecord, options: RecordSpanOptions): Span {
  return new WorkRecordSpan(record, options);
}

class WorkRecordSpan implements RecordSpan {
  readonly [RECORD]: WorkRecord;
  readonly [DETAILS]: SpanDetails = createSpanDetails();
  readonly #options: RecordSpanOptions;
  #context: ApiSpanContext | undefined;

  constructor(record: WorkRecord, options: RecordSpanOptions) {
    this[RECORD] = record;
    this.#options = options;
  }

  spanContext(): ApiSpanContext {
    this.#context ??= toApiSpanContext(this[RECORD]);
    return this.#context;
  }

  isRecording(): boolean {
    return this[RECORD].sampled && !this.#hasEnded;
  }

  setAttribute(key: string, value: AttributeValue): this {
    return this.#change(() => this.#setAttribute(key, value));
  }

  setAttributes(attributes: Attributes): this {
    return this.#change(() => {
      for (const key of Object.keys(attributes)) this.#setAttribute(key, attributes[key]);
    });
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    return this.#change(() => {
      if (isTimeInput(attributesOrTime)) this.#addEvent(name, {}, attributesOrTime);
      else this.#addEvent(name, attributesOrTime ?? {}, time);
    });
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#change(() => {
      const { exceptions } = this[DETAILS];
      if (exceptions.length < MAX_EVENTS_AND_LINKS) exceptions.push(exception);
      // As the stock SDK does, which gives a text no type.
      const isText = typeof exception === 'string';
      const attributes = isText ? { 'exception.message': exception } : exceptionAttributes(asError(exception));
      this.#addEvent('exception', { ...attributes }, time);
    });
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    return this.#change(() => {
      const details = this[DETAILS];
      for (const { context, attributes } of links) {
        const linked = fromApiSpanContext(context);
        if (linked === undefined || details.links.length >= MAX_EVENTS_AND_LINKS) details.droppedLinks++;
        else details.links.push({ context: linked, attributes: { ...attributes } });
      }
    });
  }

  setStatus(status: ApiSpanStatus): this {
    return this.#change(() => {
      // The specification: unset does not follow another status, and OK is final.
      if (this[DETAILS].status?.code === 1 || (status.code !== 1 && status.code !== 2)) return;
      const message = typeof status.message === 'string' && status.code === 2 ? status.message : undefined;
      this[DETAILS].status = { code: status.code, message };
    });
  }

  updateName(name: string): this {
    return this.#change(() => {
      this[DETAILS].name = String(name);
    });
  }

  end(endTime?: TimeInput): void {
    const { onEnd, clock } = this.#options;
    if (onEnd === undefined) return;
    this.#change(() => {
      const record = this[RECORD];
      const endMs = toClockMs(endTime, clock.originMs) ?? performance.now();
      // An end of 0 would mean that the work goes on.
      record.endMs = Math.max(endMs, this[DETAILS].startMs ?? record.startMs) || Number.EPSILON;
      onEnd(record, this[DETAILS]);
    });
  }

  get #hasEnded(): boolean {
    return this[RECORD].endMs !== 0;
  }

  #change(change: () => void): this {
    if (this.#hasEnded) return this;
    try {
      change();
    } catch (error) {
      reportInternalError('tracing', error);
    }
    return this;
  }

  #setAttribute(key: string, value: AttributeValue | undefined): void {
    if (typeof key !== 'string' || key === '' || value === undefined || value === null) return;
    const record = this[RECORD];
    const attributes = record.attributes ?? {};
    if (!Object.hasOwn(attributes, key) && Object.keys(attributes).length >= MAX_ATTRIBUTES) {
      this[DETAILS].droppedAttributes++;
      return;
    }
    record.setAttribute(key, copyOf(value));
  }

  #addEvent(name: string, attributes: Attributes, time: TimeInput | undefined): void {
    const details = this[DETAILS];
    if (details.events.length >= MAX_EVENTS_AND_LINKS) {
      details.droppedEvents++;
      return;
    }
    const timeMs = toClockMs(time, this.#options.clock.originMs) ?? performance.now();
    details.events.push({ timeMs, name: String(name), attributes: { ...attributes } });
  }
}

/** Arrays belong to the caller and may change before the span ends. */
function copyOf(value: AttributeValue): Parameters<WorkRecord['setAttribute']>[1] {
  return (Array.isArray(value) ? value.slice() : value) as Parameters<WorkRecord['setAttribute']>[1];
}

/** The API takes plain objects as exceptions too. */
function asError(exception: Exclude<Exception, string>): unknown {
  if (exception instanceof Error) return exception;
  const { name, message, stack, code } = exception;
  const error = new Error(message ?? '');
  error.name = String(code ?? name ?? 'Error');
  error.stack = stack ?? '';
  return error;
}
