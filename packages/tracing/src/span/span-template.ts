/**
 * The encoded beginning of a span, in one piece: the fields that every span has and that have a fixed width, then those
 * that HTTP spans of one route and outcome have in common. It is made once, stamped with the own values of each span,
 * and copied.
 */
import { createRecordCache, isKnownMethod, type WorkRecord } from '@porthole/core/internal';
import { writeAttributes } from '../otlp/otlp-attributes.js';
import { ProtobufWriter } from '../protobuf/protobuf-writer.js';
import type { SpanClock } from './span-clock.js';
import { commonAttributes, spanNameOf, statusOf } from './span-fields.js';
import { SPAN, writeHead } from './span-message.js';

const MAX_BYTES = 65_536;

/** `SpanFlags`: that it is known whether the parent, or the span that a link names, is remote, and that it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** The templates of HTTP records. */
export function createSpanTemplates(): (record: WorkRecord) => Uint8Array {
  const cache = createRecordCache(encodeTemplate);
  // A value in the bytes that is in no key must not be kept: an invented method, and an error's message.
  return (record) =>
    record.error !== undefined || !isKnownMethod(record.method) ? encodeTemplate(record) : cache.of(record);
}

function encodeTemplate(record: WorkRecord): Uint8Array {
  const writer = new ProtobufWriter(MAX_BYTES);
  writeFixedFields(writer);
  writeHead(writer, record, spanNameOf(record), statusOf(record));
  writeAttributes(writer, SPAN.attributes, commonAttributes(record));
  return Uint8Array.from(writer.written);
}

/** A template of nothing but the fields of a fixed width, for spans that have little in common. */
export function createBareTemplate(): Uint8Array {
  const writer = new ProtobufWriter(MAX_BYTES);
  writeFixedFields(writer);
  return Uint8Array.from(writer.written);
}

/** Their values are stamped in. */
function writeFixedFields(writer: ProtobufWriter): void {
  writer.words4(SPAN.traceId, 0, 0, 0, 0);
  writer.words2(SPAN.spanId, 0, 0);
  writer.fixed64(SPAN.startTime, 0, 0);
  writer.fixed64(SPAN.endTime, 0, 0);
  writer.fixed32(SPAN.flags, 0);
}

// The positions of the values: behind a tag and a length, a tag, or a tag of two bytes.
const TRACE_ID_AT = 2;
const SPAN_ID_AT = TRACE_ID_AT + 16 + 2;
const START_AT = SPAN_ID_AT + 8 + 1;
const END_AT = START_AT + 8 + 1;
const FLAGS_AT = END_AT + 8 + 2;

/** Stamps the span of `record`, which began at `startMs` on `performance.now()`'s clock, into a template. */
export function stampSpan(template: Uint8Array, record: WorkRecord, startMs: number, clock: SpanClock): void {
  bigEndian(template, TRACE_ID_AT, record.traceId0);
  bigEndian(template, TRACE_ID_AT + 4, record.traceId1);
  bigEndian(template, TRACE_ID_AT + 8, record.traceId2);
  bigEndian(template, TRACE_ID_AT + 12, record.traceId3);
  bigEndian(template, SPAN_ID_AT, record.spanId0);
  bigEndian(template, SPAN_ID_AT + 4, record.spanId1);
  clock.convert(startMs);
  littleEndian(template, START_AT, clock.low);
  littleEndian(template, START_AT + 4, clock.high);
  clock.convert(record.endMs);
  littleEndian(template, END_AT, clock.low);
  littleEndian(template, END_AT + 4, clock.high);
  littleEndian(template, FLAGS_AT, spanFlagsOf(record.traceFlags, record.parentIsRemote === true));
}

/** `Span.flags` and `Span.Link.flags`. */
export function spanFlagsOf(traceFlags: number, isRemote: boolean): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0);
}

function bigEndian(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function littleEndian(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
