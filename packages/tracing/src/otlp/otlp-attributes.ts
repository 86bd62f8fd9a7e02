/** Attributes as OTLP's `KeyValue` messages (opentelemetry/proto/common/v1/common.proto). */
import { ProtobufWriter, utf8Length } from '../protobuf/protobuf-writer.js';

/**
 * Attributes by name. Values that are not attribute values are left out, so the type does not promise more than callers
 * keep.
 */
export type AttributeValues = Readonly<Record<string, unknown>>;

/** Fields of `KeyValue`. */
const KEY = 1;
const VALUE = 2;

/** Members of `AnyValue`. */
const STRING_VALUE = 1;
const BOOL_VALUE = 2;
const INT_VALUE = 3;
const DOUBLE_VALUE = 4;
const ARRAY_VALUE = 5;

/** `ArrayValue.values`. */
const VALUES = 1;

const INT64_LIMIT = 2 ** 63;

const MAX_KEY_BYTES = 256;

/** Writes each attribute as a `KeyValue` in `field` of the message that is open. */
export function writeAttributes(writer: ProtobufWriter, field: number, attributes: AttributeValues): void {
  for (const name of Object.keys(attributes)) writeAttribute(writer, field, name, attributes[name]);
}

/** Writes one attribute, or nothing if `value` is not a string, number, boolean or an array. */
export function writeAttribute(writer: ProtobufWriter, field: number, name: string, value: unknown): void {
  if (!isAttributeValue(value)) return;
  const keyValue = writer.begin(field);
  writer.string(KEY, name);
  const anyValue = writer.begin(VALUE);
  writeValue(writer, value);
  writer.end(anyValue);
  writer.end(keyValue);
}

/** The encoded `KeyValue.key` of an attribute that `writeText` writes often. */
export function encodeKey(name: string): Uint8Array {
  const writer = new ProtobufWriter(MAX_KEY_BYTES);
  writer.string(KEY, name);
  return Uint8Array.from(writer.written);
}

/** An attribute that is text, as `writeText` writes it. */
export function encodeText(field: number, name: string, value: string): Uint8Array {
  const writer = new ProtobufWriter(Number.POSITIVE_INFINITY);
  writeText(writer, field, encodeKey(name), value);
  return Uint8Array.from(writer.written);
}

/** Writes one attribute that is text, with the key that `encodeKey` has made. All lengths are known before. */
export function writeText(writer: ProtobufWriter, field: number, key: Uint8Array, value: string): void {
  const anyValue = fieldBytes(utf8Length(value));
  writer.open(field, key.length + fieldBytes(anyValue));
  writer.raw(key);
  writer.open(VALUE, anyValue);
  writer.string(STRING_VALUE, value);
}

/** The length of a field with a tag of one byte and `length` bytes in it. */
function fieldBytes(length: number): number {
  let varint = 1;
  for (let limit = 0x80; length >= limit; limit *= 0x80) varint++;
  return 1 + varint + length;
}

function writeValue(writer: ProtobufWriter, value: unknown): void {
  if (typeof value === 'string') writer.string(STRING_VALUE, value);
  else if (typeof value === 'boolean') writer.uint32(BOOL_VALUE, value ? 1 : 0);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (Array.isArray(value)) writeArray(writer, value);
}

function writeNumber(writer: ProtobufWriter, value: number): void {
  if (Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT) writer.int64(INT_VALUE, value);
  else writer.double(DOUBLE_VALUE, value);
}

/** Members that are not plain values stay as empty ones, so that the others keep their places. */
function writeArray(writer: ProtobufWriter, values: readonly unknown[]): void {
  const array = writer.begin(ARRAY_VALUE);
  for (const value of values) {
    const member = writer.begin(VALUES);
    if (!Array.isArray(value)) writeValue(writer, value);
    writer.end(member);
  }
  writer.end(array);
}

function isAttributeValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value);
}
