/**
 * The field numbers of OTLP's `Span` message (opentelemetry/proto/trace/v1/trace.proto), and the part that many spans
 * share.
 */
import type { WorkRecord } from '@porthole/core/internal';
import type { ProtobufWriter } from '../protobuf/protobuf-writer.js';
import { SPAN_KINDS, type SpanStatus } from './span-fields.js';

/** Fields of `Span`. */
export const SPAN = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTime: 7,
  endTime: 8,
  attributes: 9,
  droppedAttributes: 10,
  events: 11,
  droppedEvents: 12,
  links: 13,
  droppedLinks: 14,
  status: 15,
  flags: 16,
} as const;

/** Fields of `Status`. */
const STATUS = { message: 2, code: 3 } as const;

/** Name, kind and status: with the common attributes, the part of a span that many share. */
export function writeHead(writer: ProtobufWriter, record: WorkRecord, name: string, status: SpanStatus): void {
  writer.string(SPAN.name, name);
  writer.uint32(SPAN.kind, SPAN_KINDS[record.kind]);
  if (status.code === 0) return;
  const message = writer.begin(SPAN.status);
  if (status.message !== undefined && status.message !== '') writer.string(STATUS.message, status.message);
  writer.uint32(STATUS.code, status.code);
  writer.end(message);
}
