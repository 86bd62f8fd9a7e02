/**
 * Writes an ended record as OTLP's `Span` message (opentelemetry/proto/trace/v1/trace.proto). What the requests of one route and
 * status have in common is encoded once and copied from then on.
 */
import type { SpanContext } from '@porthole/core';
import type { WorkRecord } from '@porthole/core/internal';
import { createCommonFields } from './common-fields.js';
import { exceptionAttributes, isError } from './exception-attributes.js';
import { encodeKey, writeAttributes, writeText } from './otlp-attributes.js';
import type { ProtobufWriter } from './protobuf-writer.js';
import type { SpanClock } from './span-clock.js';
import type { SpanDetails, SpanEvent, SpanLink } from './span-details.js';
import { commonAttributes, hasOverrides, ownAttributes, spanNameOf, statusOf } from './span-fields.js';
import { SPAN, writeHead } from './span-message.js';

/** Fields of `Span.Event`. */
const EVENT = { time: 1, name: 2, attributes: 3 } as const;

/** Fields of `Span.Link`. */
const LINK = { traceId: 1, spanId: 2, traceState: 3, attributes: 4, flags: 6 } as const;

/** `SpanFlags`: that it is known whether the parent, or the span that a link names, is remote, and that it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** Writes `record` into `field` of the message that is open; throws what `writer` throws. */
export type SpanEncoder = (
  writer: ProtobufWriter,
  field: number,
  record: WorkRecord,
  details: SpanDetails | undefined,
) => void;

/** An encoder whose times come from `clock`. */
export function createSpanEncoder(clock: SpanClock): SpanEncoder {
  const commonFields = createCommonFields();

  return (writer, field, record, details) => {
    const span = writer.begin(field);
    writeIds(writer, record);
    writeTime(writer, SPAN.startTime, details?.startMs ?? record.startMs);
    writeTime(writer, SPAN.endTime, record.endMs);
    if (record.method !== '' && details?.name === undefined && details?.status === undefined && !hasOverrides(record)) {
      writer.raw(commonFields(record));
      writeOwnAttributes(writer, record);
      if (record.attributes !== undefined) writeAttributes(writer, SPAN.attributes, record.attributes);
    } else {
      writeHead(writer, record, details?.name ?? spanNameOf(record), details?.status ?? statusOf(record));
      writeAttributes(writer, SPAN.attributes, {
        ...commonAttributes(record),
        ...ownAttributes(record),
        ...record.attributes,
      });
    }
    if (details !== undefined) writeDetails(writer, details);
    if (isError(record.error) && details?.exceptions.includes(record.error) !== true) {
      const attributes = { ...exceptionAttributes(record.error) };
      writeEvent(writer, { timeMs: record.endMs, name: 'exception', attributes });
    }
    writer.fixed32(SPAN.flags, flagsOf(record.traceFlags, record.parentIsRemote === true));
    writer.end(span);
  };

  function writeTime(writer: ProtobufWriter, field: number, ms: number): void {
    clock.convert(ms);
    writer.fixed64(field, clock.low, clock.high);
  }

  function writeDetails(writer: ProtobufWriter, details: SpanDetails): void {
    for (const event of details.events) writeEvent(writer, event);
    for (const link of details.links) writeLink(writer, link);
    if (details.droppedAttributes > 0) writer.uint32(SPAN.droppedAttributes, details.droppedAttributes);
    if (details.droppedEvents > 0) writer.uint32(SPAN.droppedEvents, details.droppedEvents);
    if (details.droppedLinks > 0) writer.uint32(SPAN.droppedLinks, details.droppedLinks);
  }

  function writeEvent(writer: ProtobufWriter, event: SpanEvent): void {
    const message = writer.begin(SPAN.events);
    writeTime(writer, EVENT.time, event.timeMs);
    writer.string(EVENT.name, event.name);
    writeAttributes(writer, EVENT.attributes, event.attributes);
    writer.end(message);
  }
}

const PATH = encodeKey('url.path');
const CLIENT_ADDRESS = encodeKey('client.address');
const USER_AGENT = encodeKey('user_agent.original');

/** What `ownAttributes` has, without an object in between. */
function writeOwnAttributes(writer: ProtobufWriter, record: WorkRecord): void {
  if (record.kind === 'server' && record.path !== '') writeText(writer, SPAN.attributes, PATH, record.path);
  if (record.clientAddress !== '') writeText(writer, SPAN.attributes, CLIENT_ADDRESS, record.clientAddress);
  if (record.userAgent !== '') writeText(writer, SPAN.attributes, USER_AGENT, record.userAgent);
}

function writeIds(writer: ProtobufWriter, record: WorkRecord): void {
  writeContext(writer, SPAN, record);
  if (!record.isRoot) writer.words2(SPAN.parentSpanId, record.parentSpanId0, record.parentSpanId1);
}

function writeLink(writer: ProtobufWriter, link: SpanLink): void {
  const message = writer.begin(SPAN.links);
  writeContext(writer, LINK, link.context);
  writeAttributes(writer, LINK.attributes, link.attributes);
  writer.fixed32(LINK.flags, flagsOf(link.context.traceFlags, link.context.isRemote));
  writer.end(message);
}

function writeContext(writer: ProtobufWriter, fields: typeof SPAN | typeof LINK, context: SpanContext): void {
  writer.words4(fields.traceId, context.traceId0, context.traceId1, context.traceId2, context.traceId3);
  writer.words2(fields.spanId, context.spanId0, context.spanId1);
  if (context.traceState !== undefined) writer.string(fields.traceState, context.traceState);
}

function flagsOf(traceFlags: number, isRemote: boolean): number {
  return traceFlags | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0);
}
