/**
 * Ended spans on their way out, encoded already: two buffers, one that is written to and one that is being exported.
 * Together they are the body of one OTLP `ExportTraceServiceRequest` at a time
 * (opentelemetry/proto/collector/trace/v1/trace_service.proto).
 */
import type { WorkRecord } from '@porthole/core/internal';
import { writeAttributes } from '../otlp/otlp-attributes.js';
import { BUFFER_FULL, ProtobufWriter } from '../protobuf/protobuf-writer.js';
import type { SpanDetails } from './span-details.js';
import type { SpanEncoder } from './span-encoder.js';

/** The instrumentation that made a span. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string | undefined;
}

/** Spans that are exported together. The bytes hold until the batch is released. */
export interface SpanBatch {
  readonly spans: number;
  /** The request's body: the beginning of all batches, then the spans. */
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

export interface SpanQueueOptions {
  /** The attributes of the service's resource. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly encode: SpanEncoder;
  /** Bytes of encoded spans that may be in both buffers together. */
  readonly maxBytes: number;
}

/** The queue between the end of a span and its export. */
export interface SpanQueue {
  /** Spans and bytes that wait for the next batch. */
  readonly spans: number;
  readonly bytes: number;
  /**
   * Encodes a span; false without room for it. Throws the error of a hostile attribute, and keeps nothing then.
   */
  add(record: WorkRecord, scope: InstrumentationScope, details: SpanDetails | undefined): boolean;
  /** All waiting spans, or undefined without any. The batch before has to be released first. */
  take(): SpanBatch | undefined;
  /** Gives the memory of the batch that was taken back. */
  release(): void;
}

/** `ExportTraceServiceRequest.resource_spans`, `ResourceSpans.resource`, `.scope_spans`, and `Resource.attributes`. */
const RESOURCE_SPANS = 1;
const RESOURCE = 1;
const SCOPE_SPANS = 2;
const RESOURCE_ATTRIBUTES = 1;

/** Fields of `ScopeSpans`, and of its `InstrumentationScope`. */
const SCOPE = 1;
const SPANS = 2;
const SCOPE_NAME = 1;
const SCOPE_VERSION = 2;

/** For resource attributes, which the environment sets: no limit of ours. */
const MAX_RESOURCE_BYTES = 2 ** 24;

/** An empty queue. */
export function createSpanQueue(options: SpanQueueOptions): SpanQueue {
  const resource = encodeResource(options.resource);
  let filling = new ProtobufWriter(options.maxBytes);
  let exporting = new ProtobufWriter(options.maxBytes);
  let spans = 0;
  // A ScopeSpans message stays open for as long as spans of one scope follow each other.
  let openScope: InstrumentationScope | undefined;
  let openStart = 0;

  const addSpan = (record: WorkRecord, scope: InstrumentationScope, details: SpanDetails | undefined): void => {
    if (scope !== openScope) {
      closeScope();
      openStart = filling.begin(SCOPE_SPANS);
      openScope = scope;
      writeScope(filling, scope);
    }
    options.encode(filling, SPANS, record, details);
    spans++;
  };
  const closeScope = (): void => {
    if (openScope !== undefined) filling.end(openStart);
    openScope = undefined;
  };

  return {
    get spans(): number {
      return spans;
    },
    get bytes(): number {
      return filling.length;
    },
    add: (record, scope, details) => {
      const lengthBefore = filling.length;
      const scopeBefore = openScope;
      const startBefore = openStart;
      try {
        addSpan(record, scope, details);
        return true;
      } catch (error) {
        filling.truncate(lengthBefore);
        openScope = scopeBefore;
        openStart = startBefore;
        if (error === BUFFER_FULL) return false;
        throw error;
      }
    },
    take: () => {
      if (spans === 0) return undefined;
      closeScope();
      const body = filling.written;
      const batch = { spans, head: encodeHead(resource, body.length), body };
      [filling, exporting] = [exporting, filling];
      filling.maxBytes = options.maxBytes - body.length;
      spans = 0;
      return batch;
    },
    release: () => {
      exporting.truncate(0);
      filling.maxBytes = options.maxBytes;
    },
  };
}

function encodeResource(attributes: Readonly<Record<string, unknown>>): Uint8Array {
  const writer = new ProtobufWriter(MAX_RESOURCE_BYTES);
  const resource = writer.begin(RESOURCE);
  writeAttributes(writer, RESOURCE_ATTRIBUTES, attributes);
  writer.end(resource);
  return Uint8Array.from(writer.written);
}

/** One `resource_spans` field up to the body, its `scope_spans`. */
function encodeHead(resource: Uint8Array, bodyBytes: number): Uint8Array {
  const writer = new ProtobufWriter(MAX_RESOURCE_BYTES);
  writer.open(RESOURCE_SPANS, resource.length + bodyBytes);
  writer.raw(resource);
  return writer.written;
}

function writeScope(writer: ProtobufWriter, scope: InstrumentationScope): void {
  const message = writer.begin(SCOPE);
  writer.string(SCOPE_NAME, scope.name);
  if (scope.version !== undefined && scope.version !== '') writer.string(SCOPE_VERSION, scope.version);
  writer.end(message);
}
