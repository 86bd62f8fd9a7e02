/**
 * From OTLP's protobuf messages to OTLP's JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids
 * as hex, 64-bit integers as strings, enumerations as numbers, and for the rest Protobuf's own mapping
 * (https://protobuf.dev/programming-guides/json/).
 */
import { setImmediate } from 'node:timers/promises';
import { ProtobufReader } from '../protobuf/protobuf-reader.js';
import { type Field, type FieldType, METRICS_REQUEST, type Message, TRACE_REQUEST } from './otlp-schema.js';
import type { OtlpSignal } from './otlp-transport.js';

/** After this much text the event loop has its turn: less than a millisecond. */
const SLICE_CHARACTERS = 65_536;

/**
 * The JSON of a request, made in slices so that the event loop is never held up for long. Rejects if `message` is not
 * the request that `signal` has.
 */
export async function otlpToJson(message: readonly Uint8Array[], signal: OtlpSignal): Promise<Uint8Array[]> {
  const bytes = Buffer.concat(message);
  const slices: Uint8Array[] = [];
  const schema = signal === 'traces' ? TRACE_REQUEST : METRICS_REQUEST;
  for (const slice of sliceJson(bytes, schema, SLICE_CHARACTERS)) {
    if (slices.length > 0) await setImmediate();
    slices.push(Buffer.from(slice));
  }
  return slices;
}

/** The JSON of a message in pieces of about `characters` each, made as they are asked for. */
export function* sliceJson(bytes: Buffer, message: Message, characters: number): Generator<string, void, void> {
  const out: Output = { text: '', limit: characters };
  yield* writeEnvelope(out, bytes, 0, bytes.length, message);
  yield out.text;
}

interface Output {
  text: string;
  readonly limit: number;
}

/** The positions of the values of one field. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** A message of messages is written out as it is read, since it is too long to be held as one text. */
function* writeEnvelope(
  out: Output,
  bytes: Buffer,
  start: number,
  end: number,
  { fields }: Message,
): Generator<string, void, void> {
  const ranges: Range[][] = [];
  const reader = new ProtobufReader(bytes, start, end);
  while (reader.next()) {
    const { field, wireType } = reader;
    if (fields[field] === undefined || wireType !== 2) continue;
    ranges[field] ??= [];
    ranges[field].push({ start: reader.start, end: reader.end });
  }
  out.text += '{';
  let comma = '';
  for (const [number, values] of ranges.entries()) {
    if (values === undefined) continue;
    const { name, type, repeated } = fields[number] as Field;
    out.text += `${comma}"${name}":${repeated ? '[' : ''}`;
    comma = ',';
    for (const [index, value] of (repeated ? values : values.slice(-1)).entries()) {
      if (index > 0) out.text += ',';
      if (typeof type === 'object' && type.isEnvelope) {
        yield* writeEnvelope(out, bytes, value.start, value.end, type);
      } else {
        out.text += jsonOfRange(bytes, value.start, value.end, type);
      }
      if (out.text.length >= out.limit) {
        yield out.text;
        out.text = '';
      }
    }
    if (repeated) out.text += ']';
  }
  out.text += '}';
}

function jsonOfMessage(bytes: Buffer, start: number, end: number, { fields }: Message): string {
  const texts: string[] = [];
  const reader = new ProtobufReader(bytes, start, end);
  while (reader.next()) {
    const field = fields[reader.field];
    if (field === undefined) continue;
    const value = isPacked(field, reader.wireType)
      ? jsonOfPacked(reader, bytes, field.type)
      : jsonOf(reader, bytes, field.type);
    if (value === '') continue;
    const before = texts[reader.field];
    if (!field.repeated || before === undefined) texts[reader.field] = value;
    else texts[reader.field] = `${before},${value}`;
  }
  let json = '';
  for (let number = 0; number < texts.length; number++) {
    const text = texts[number];
    if (text === undefined) continue;
    const { name, repeated } = fields[number] as Field;
    json += `${json === '' ? '' : ','}"${name}":${repeated ? `[${text}]` : text}`;
  }
  return `{${json}}`;
}

/** Numbers of a repeated field may stand together in one length-delimited value. */
function isPacked({ type, repeated }: Field, wireType: number): boolean {
  return repeated && wireType === 2 && (type === 'uint64' || type === 'double');
}

/** Of the packed fields that there are, all hold values of eight bytes. */
function jsonOfPacked(reader: ProtobufReader, bytes: Buffer, type: FieldType): string {
  const values: string[] = [];
  for (let at = reader.start; at + 8 <= reader.end; at += 8) {
    const low = bytes.readUInt32LE(at);
    const high = bytes.readUInt32LE(at + 4);
    values.push(type === 'double' ? jsonOfDouble(low, high) : jsonOfUint64(low, high));
  }
  return values.join(',');
}

/** The value that `reader` has read; empty if it is of another wire type than the field's. */
function jsonOf(reader: ProtobufReader, bytes: Buffer, type: FieldType): string {
  const { low, high, wireType, start, end } = reader;
  if (wireType === 2) return jsonOfRange(bytes, start, end, type);
  switch (type) {
    case 'bool':
      return low === 0 && high === 0 ? 'false' : 'true';
    case 'uint32':
      return String(low);
    case 'int32':
      return String(low | 0);
    case 'uint64':
      return jsonOfUint64(low, high);
    case 'int64':
      return jsonOfInt64(low, high);
    case 'double':
      return jsonOfDouble(low, high);
    default:
      return '';
  }
}

function jsonOfRange(bytes: Buffer, start: number, end: number, type: FieldType): string {
  if (typeof type === 'object') return jsonOfMessage(bytes, start, end, type);
  if (type === 'string') return JSON.stringify(bytes.toString('utf8', start, end));
  if (type === 'id') return `"${bytes.toString('hex', start, end)}"`;
  if (type === 'bytes') return `"${bytes.toString('base64', start, end)}"`;
  return '';
}

/** Above 2^53 a double does not hold every integer. */
const SAFE_HIGH = 2 ** 21;

function jsonOfUint64(low: number, high: number): string {
  const value = high < SAFE_HIGH ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
  return `"${value}"`;
}

function jsonOfInt64(low: number, high: number): string {
  if (high < SAFE_HIGH) return `"${high * 2 ** 32 + low}"`;
  return `"${BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))}"`;
}

const bits = new DataView(new ArrayBuffer(8));

function jsonOfDouble(low: number, high: number): string {
  bits.setUint32(0, high);
  bits.setUint32(4, low);
  const value = bits.getFloat64(0);
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}
