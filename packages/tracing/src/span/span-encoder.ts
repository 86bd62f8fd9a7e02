/**
 * Writes an ended record as OTLP's `Span` message (opentelemetry/proto/trace/v1/trace.proto). The common part of
 * requests of one route and status is encoded once and copied from then on.
 */
import { createTextCache, type WorkRecord } from '@porthole/core/internal';
import { encodeKey, encodeText, writeAttributes, writeText } from '../otlp/otlp-attributes.js';
import type { ProtobufWriter } from '../protobuf/protobuf-writer.js';
import { exceptionAttributes } from './exception-attributes.js';
import type { SpanClock } from './span-clock.js';
import type { SpanDetails, SpanEvent, SpanLink } from './span-details.js';
import { commonAttributes, hasOverrides, ownAttributes, spanNameOf, statusOf } from './span-fields.js';
import { SPAN, writeHead } from './span-message.js';
import { createBareTemplate, createSpanTemplates, spanFlagsOf, stampSpan } from './span-template.js';

/** Fields of `Span.Event`. */
const EVENT = { time: 1, name: 2, attributes: 3 } as const;

/** Fields of `Span.Link`. */
const LINK = { traceId: 1, spanId: 2, traceState: 3, attributes: 4, flags: 6 } as const;

/** Writes `record` into `field` of the message that is open; throws the errors of `writer` throws. */
export type SpanEncoder = (
  writer: ProtobufWriter,
  field: number,
  record: WorkRecord,
  details: SpanDetails | undefined,
) => void;

/** An encoder whose times come from `clock`. */
export function createSpanEncoder(clock: SpanClock): SpanEncoder {
  const templateOf = createSpanTemplates();
  const bareTemplate = createBareTemplate();
  const clientAddress = createTextCache((address) => encodeText(SPAN.attributes, 'client.address', address));
  const userAgent = createTextCache((agent) => encodeText(SPAN.attributes, 'user_agent.original', agent));

  return (writer, field, record, details) => {
    const span = writer.begin(field);
    const startMs = details?.startMs ?? record.startMs;
    if (record.method !== '' && details?.name === undefined && details?.status === undefined && !hasOverrides(record)) {
      const template = templateOf(record);
      stampSpan(template, record, startMs, clock);
      writer.raw(template);
      writeOwnAttributes(writer, record);
      if (record.attributes !== undefined) writeAttributes(writer, SPAN.attributes, record.attributes);
    } else {
      stampSpan(bareTemplate, record, startMs, clock);
      writer.raw(bareTemplate);
      writeHead(writer, record, details?.name ?? spanNameOf(record), details?.status ?? statusOf(record));
      writeAttributes(writer, SPAN.attributes, {
        ...commonAttributes(record),
        ...ownAttributes(record),
        ...record.attributes,
      });
    }
    if (!record.isRoot) writer.words2(SPAN.parentSpanId, record.parentSpanId0, record.parentSpanId1);
    if (record.traceState !== undefined) writer.string(SPAN.traceState, record.traceState);
    if (record.links !== undefined) for (const context of record.links) writeLink(writer, { context, attributes: {} });
    if (details !== undefined) writeDetails(writer, details);
    if (record.error !== undefined && details?.exceptions.includes(record.error) !== true) {
      const attributes = { ...exceptionAttributes(record.error) };
      writeEvent(writer, { timeMs: record.endMs, name: 'exception', attributes });
    }
    writer.end(span);
  };

  /** The same as `ownAttributes`, without an object in between. */
  function writeOwnAttributes(writer: ProtobufWriter, record: WorkRecord): void {
    if (record.kind === 'server' && record.path !== '') writeText(writer, SPAN.attributes, PATH, record.path);
    if (record.clientAddress !== '') writer.raw(clientAddress(record.clientAddress));
    if (record.userAgent !== '') writer.raw(userAgent(record.userAgent));
  }

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

function writeLink(writer: ProtobufWriter, link: SpanLink): void {
  const message = writer.begin(SPAN.links);
  const { context } = link;
  writer.words4(LINK.traceId, context.traceId0, context.traceId1, context.traceId2, context.traceId3);
  writer.words2(LINK.spanId, context.spanId0, context.spanId1);
  if (context.traceState !== undefined) writer.string(LINK.traceState, context.traceState);
  writeAttributes(writer, LINK.attributes, link.attributes);
  writer.fixed32(LINK.flags, spanFlagsOf(context.traceFlags, context.isRemote));
  writer.end(message);
}
