/**
 * A batch as requests of a bounded size: receivers refuse long requests as a whole (the default limit of gRPC is 4
 * MiB). After an outage a batch has all waiting spans.
 */
import type { OtlpRequest } from '../otlp/otlp-exporter.js';
import { ProtobufReader } from '../protobuf/protobuf-reader.js';
import { ProtobufWriter } from '../protobuf/protobuf-writer.js';
import type { SpanBatch } from './span-queue.js';

export interface SplitOptions {
  /** Of the spans in one request; a single one may be longer. */
  readonly maxBytes: number;
  readonly maxSpans: number;
}

/** `ExportTraceServiceRequest.resource_spans`, `ResourceSpans.scope_spans`, `ScopeSpans.scope` and `.spans`. */
const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SCOPE = 1;
const SPANS = 2;

/** A tag and a length, which is all that is written here. */
const MAX_OPENING_BYTES = 16;

/** The requests that hold the spans of `batch`, in order, over the same memory. */
export function* splitBatch(
  batch: SpanBatch,
  { maxBytes, maxSpans }: SplitOptions,
): Generator<OtlpRequest, void, void> {
  if (batch.body.length <= maxBytes && batch.spans <= maxSpans) {
    yield { items: batch.spans, message: [batch.head, batch.body] };
    return;
  }
  const resource = resourceOf(batch.head);
  let request = createRequest(resource);
  const body = new ProtobufReader(batch.body);
  while (body.next()) {
    const scopeSpans = new ProtobufReader(batch.body, body.start, body.end);
    let scope: Uint8Array = new Uint8Array();
    let from = scopeSpans.position;
    while (true) {
      const before = scopeSpans.position;
      if (!scopeSpans.next()) break;
      if (scopeSpans.field === SCOPE) {
        scope = batch.body.subarray(before, scopeSpans.position);
        from = scopeSpans.position;
      } else if (
        request.spans > 0 &&
        (request.spans >= maxSpans || request.bytes + scopeSpans.position - from > maxBytes)
      ) {
        request.add(scope, batch.body.subarray(from, before));
        yield request.finish();
        request = createRequest(resource);
        from = before;
      }
      if (scopeSpans.field === SPANS) request.spans++;
    }
    request.add(scope, batch.body.subarray(from, scopeSpans.position));
  }
  if (request.spans > 0) yield request.finish();
}

interface RequestInTheMaking {
  spans: number;
  readonly bytes: number;
  /** Adds spans of one scope. */
  add(scope: Uint8Array, spans: Uint8Array): void;
  finish(): OtlpRequest;
}

function createRequest(resource: Uint8Array): RequestInTheMaking {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const push = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    bytes += chunk.length;
  };
  return {
    spans: 0,
    get bytes(): number {
      return bytes;
    },
    add: (scope, spans) => {
      if (spans.length === 0) return;
      push(opening(SCOPE_SPANS, scope.length + spans.length));
      push(scope);
      push(spans);
    },
    finish(): OtlpRequest {
      const head = Buffer.concat([opening(RESOURCE_SPANS, resource.length + bytes), resource]);
      return { items: this.spans, message: [head, ...chunks] };
    },
  };
}

/** The content of `head` after the opening of its `resource_spans`. */
function resourceOf(head: Uint8Array): Uint8Array {
  let start = 1;
  while ((head[start] as number) >= 0x80) start++;
  return head.subarray(start + 1);
}

function opening(field: number, length: number): Uint8Array {
  const writer = new ProtobufWriter(MAX_OPENING_BYTES);
  writer.open(field, length);
  return writer.written;
}
