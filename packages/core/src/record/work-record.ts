/**
 * One unit of work as Porthole sees it: a request that came in, a call that went out, a message, a job. The logger
 * makes a line of it, the registry an observation, the tracer a span.
 */
import { performance } from 'node:perf_hooks';
import { reportInternalError } from '../internal-errors.js';
import { errorTypeOf, errorWithoutStack } from './exception.js';
import { randomInt32 } from './random-id.js';
import { DEBUG, RANDOM, SAMPLED, type SpanContext } from './span-context.js';

/** OpenTelemetry's span kinds: whose side of the work this process is on. */
export type WorkKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** The type of an attribute (OpenTelemetry's attribute values). */
export type AttributeValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];

/**
 * The value in the storage. Most of the time it is the record itself. If the OpenTelemetry API has put something else
 * beside it (`context.with`), it is an object with both.
 */
export interface ActiveContext {
  /** The unit of work that the code in it belongs to. */
  readonly record: WorkRecord | undefined;
  /** The span that work which begins in it is a child of: most of the time that of `record`. */
  readonly parent: SpanContext | undefined;
  /** The `baggage` list that this work passes on. */
  readonly baggage: string | undefined;
  /** The OpenTelemetry `Context`, if one was made. */
  otelContext: unknown;
}

/**
 * The record of one unit of work. Every field is set in the constructor, so that all records have one hidden class; the
 * instrumentation that creates a record fills in the fields, and none changes after `endWork`.
 */
export class WorkRecord implements SpanContext, ActiveContext {
  readonly kind: WorkKind;
  /** The name of work without a route: a job's, a queue's or an operation's name. */
  name: string;
  /** Start and end on `performance.now()`'s clock, in milliseconds; `endMs` is 0 while the work goes on. */
  readonly startMs: number = performance.now();
  endMs = 0;

  readonly traceId0: number;
  readonly traceId1: number;
  readonly traceId2: number;
  readonly traceId3: number;
  readonly spanId0: number = randomInt32();
  readonly spanId1: number = randomInt32();
  /** The parent's span id; both 0 if this is the root. */
  readonly parentSpanId0: number;
  readonly parentSpanId1: number;
  /** Whether the parent is in another process; `undefined` if this is the root. */
  readonly parentIsRemote: boolean | undefined;
  /** The parent's trace flags; 0 if this is the root. */
  readonly parentTraceFlags: number;
  /** Spans that it has to do with and that are not its parent. */
  links: readonly SpanContext[] | undefined = undefined;
  traceFlags: number;
  readonly traceState: string | undefined;
  /**
   * The span in another process that this work, or the work around it, came from; none if this process began the trace.
   */
  remoteParent: SpanContext | undefined;
  /** The `baggage` list that came with the work, with or without a parent, or none. */
  readonly baggage: string | undefined;

  /** HTTP: the request method as sent, or empty for work that is not HTTP. */
  method = '';
  /** HTTP: the route's template (`/orders/:id`), or empty while it is not known. */
  route = '';
  /** HTTP: the path without its query string. */
  path = '';
  /** HTTP: `http` or `https`. */
  scheme = '';
  /** HTTP: the version of the protocol, `1.1`. */
  protocolVersion = '';
  /** HTTP: the status code of the answer; 0 without one. */
  status = 0;
  /** HTTP: bytes of the answer's body that were sent, or -1 if they are not known. */
  responseBodyBytes = -1;
  /** The host and port that were called (`client`) or that answered (`server`), if known. */
  serverAddress = '';
  serverPort = 0;
  /** The address of the caller, if known. */
  clientAddress = '';
  /** HTTP: the `User-Agent` header, if there was one. */
  userAgent = '';
  /** The caller went away, or the answer was cut off, before it was complete. */
  aborted = false;
  /** The thrown value, if any; see `noteError`. */
  error: unknown = undefined;
  /** OpenTelemetry's `error.type`: an exception's name or a status code; empty if the work did not fail. */
  errorType = '';
  /** Whether it is reported to observers; see `ignoreRecord`. */
  recorded = true;

  /** Attributes beyond the fields above, by their semantic-convention names. */
  attributes: Record<string, AttributeValue> | undefined = undefined;
  /** The OpenTelemetry context that has this record's span active, once somebody has asked for it. */
  otelContext: unknown = undefined;
  /** HTTP: the response or stream of the request, while it goes on. */
  answer: unknown = undefined;
  /** The key that `createRecordCache` has found for the record. */
  key: unknown = undefined;
  /** Its position in the list of work in flight; -1 if it is in none. */
  place = -1;

  constructor(kind: WorkKind, name: string, parent: SpanContext | undefined, baggage?: string) {
    this.kind = kind;
    this.name = name;
    this.baggage = baggage;
    if (parent === undefined) {
      this.traceId0 = randomInt32();
      this.traceId1 = randomInt32();
      this.traceId2 = randomInt32();
      this.traceId3 = randomInt32();
      this.parentSpanId0 = 0;
      this.parentSpanId1 = 0;
      this.parentIsRemote = undefined;
      this.parentTraceFlags = 0;
      this.remoteParent = undefined;
      this.traceFlags = RANDOM;
      this.traceState = undefined;
    } else {
      this.traceId0 = parent.traceId0;
      this.traceId1 = parent.traceId1;
      this.traceId2 = parent.traceId2;
      this.traceId3 = parent.traceId3;
      this.parentSpanId0 = parent.spanId0;
      this.parentSpanId1 = parent.spanId1;
      this.parentIsRemote = parent.isRemote;
      this.parentTraceFlags = parent.traceFlags;
      this.remoteParent = parent.isRemote ? parent : (parent as Partial<WorkRecord>).remoteParent;
      this.traceFlags = parent.traceFlags & (SAMPLED | RANDOM | DEBUG);
      this.traceState = parent.traceState;
    }
  }

  /** The record is its own scope: inside it, it is the active one. */
  get record(): WorkRecord {
    return this;
  }

  /** Work that begins inside it is its child. */
  get parent(): WorkRecord {
    return this;
  }

  /** As a parent: work that is recorded here is not remote. */
  get isRemote(): boolean {
    return false;
  }

  /** Whether the span of this record is recorded; decided by the sampler when the work starts. */
  get sampled(): boolean {
    return (this.traceFlags & SAMPLED) !== 0;
  }

  set sampled(value: boolean) {
    this.traceFlags = value ? this.traceFlags | SAMPLED : this.traceFlags & ~SAMPLED;
  }

  get isRoot(): boolean {
    return this.parentSpanId0 === 0 && this.parentSpanId1 === 0;
  }

  /** How long the work took, in milliseconds; so far, if it is not over. */
  get durationMs(): number {
    return (this.endMs === 0 ? performance.now() : this.endMs) - this.startMs;
  }

  /**
   * Sets an attribute; a name that is not a text is counted as an internal error. The `http.route` of a request is its
   * `route`: a non-empty text, cut at 1,024 characters. Never throws.
   */
  setAttribute(name: string, value: AttributeValue): void {
    if (typeof name !== 'string') {
      reportInternalError('context', new TypeError('setAttribute was called with a name that is not a text'));
      return;
    }
    if (name === 'http.route' && this.kind === 'server' && this.method !== '') {
      noteRoute(this, value);
      return;
    }
    this.attributes ??= {};
    if (name === '__proto__') defineOwn(this.attributes, name, value);
    else this.attributes[name] = value;
  }

  /**
   * Notes a thrown value, which the work may have handled: it is shown, and `error.type` stays as it is. Never
   * throws.
   */
  noteError(error: unknown): void {
    // `undefined` can be thrown, but in a record it means that nothing was.
    this.error = error === undefined ? errorWithoutStack('undefined', 'undefined was thrown') : error;
  }

  /** Notes that the work failed with `error`, which becomes `error.type` unless that is set already. Never throws. */
  fail(error: unknown): void {
    this.noteError(error);
    if (this.errorType === '') this.errorType = errorTypeOf(error);
  }
}

/** Whether `record` is a request that came in and is not over. */
export function isRequestInFlight({ kind, method, endMs }: WorkRecord): boolean {
  return kind === 'server' && method !== '' && endMs === 0;
}

/** As many characters as the value of a label may have. */
const MAX_ROUTE_LENGTH = 1024;

function noteRoute(record: WorkRecord, value: AttributeValue): void {
  if (typeof value === 'string' && value !== '') record.route = value.slice(0, MAX_ROUTE_LENGTH);
  else reportInternalError('context', new TypeError('http.route was set to a value that is not a text, or is empty'));
}

/** Assigning to `__proto__` would change the prototype. */
function defineOwn(attributes: Record<string, AttributeValue>, name: string, value: AttributeValue): void {
  Object.defineProperty(attributes, name, { value, enumerable: true, configurable: true, writable: true });
}
