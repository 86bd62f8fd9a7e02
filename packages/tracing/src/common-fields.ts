/** The encoded fields that HTTP spans of one route and outcome have in common, made once for each. */
import { createShapeCache, isKnownMethod, type WorkRecord } from '@porthole/core/internal';
import { writeAttributes } from './otlp-attributes.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { commonAttributes, spanNameOf, statusOf } from './span-fields.js';
import { SPAN, writeHead } from './span-message.js';

const MAX_BYTES = 65_536;

/** The encoded name, kind, status and common attributes of an HTTP record. */
export function createCommonFields(): (record: WorkRecord) => Uint8Array {
  const cache = createShapeCache(encode);
  // What is in the bytes and in no shape must not be kept: an invented method, and an error's message.
  return (record) => (record.error !== undefined || !isKnownMethod(record.method) ? encode(record) : cache.of(record));
}

function encode(record: WorkRecord): Uint8Array {
  const writer = new ProtobufWriter(MAX_BYTES);
  writeHead(writer, record, spanNameOf(record), statusOf(record));
  writeAttributes(writer, SPAN.attributes, commonAttributes(record));
  return Uint8Array.from(writer.written);
}
