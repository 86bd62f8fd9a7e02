/**
 * Writes the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) front to back into a buffer that
 * grows up to a limit and is used again after `reset`.
 */

const INITIAL_BYTES = 16_384;

/** Lengths of nested messages are reserved before they are known: 4 bytes, padded, which is up to 256 MiB. */
const LENGTH_BYTES = 4;

/**
 * Below this many bytes a loop is quicker than the call into the runtime that copies them, and below so many
 * characters, writes them.
 */
const SHORT_BYTES = 12;
const SHORT_TEXT = 20;

/** Thrown when a message does not fit any more; made once, since a full buffer is expected and needs no stack. */
export const BUFFER_FULL: Error = new RangeError('The buffer has reached its limit');

/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A protobuf message in the making. All methods throw `BUFFER_FULL` if the limit is reached. */
export class ProtobufWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(0);
  #length = 0;
  /** Bytes that may be written. */
  maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** The written bytes: a view that holds until the next write or reset. */
  get written(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Takes back all that was written after `length`; the memory is kept. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Opens a nested message; the returned position is for `end` needs. */
  begin(field: number): number {
    this.#tag(field, BYTES);
    this.#reserve(LENGTH_BYTES);
    this.#length += LENGTH_BYTES;
    return this.#length;
  }

  /** Closes the message that `begin` opened. A later call for the same position sets its length anew. */
  end(start: number): void {
    let length = this.#length - start;
    for (let i = start - LENGTH_BYTES; i < start - 1; i++) {
      this.#buffer[i] = (length & 0x7f) | 0x80;
      length >>>= 7;
    }
    this.#buffer[start - 1] = length;
  }

  /** Opens a nested message of a known length, which is written or sent next. */
  open(field: number, length: number): void {
    this.#tag(field, BYTES);
    this.#varint(length);
  }

  string(field: number, value: string): void {
    const bytes = utf8Length(value);
    this.open(field, bytes);
    this.#utf8(value, bytes);
  }

  /** Fields that are encoded already. */
  raw(fields: Uint8Array): void {
    const { length } = fields;
    this.#reserve(length);
    const buffer = this.#buffer;
    const at = this.#length;
    if (length > SHORT_BYTES) buffer.set(fields, at);
    else for (let i = 0; i < length; i++) buffer[at + i] = fields[i] as number;
    this.#length = at + length;
  }

  /** An unsigned integer below 2^32, or a boolean or an enumeration's member as one. */
  uint32(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** A whole number in the range of int64. */
  int64(field: number, value: number): void {
    this.#tag(field, VARINT);
    let high = Math.floor(value / 2 ** 32);
    let low = (value - high * 2 ** 32) >>> 0;
    high >>>= 0;
    this.#reserve(10);
    while (high !== 0 || low > 0x7f) {
      this.#buffer[this.#length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#buffer[this.#length++] = low;
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#reserve(4);
    this.#littleEndian(value);
  }

  fixed64(field: number, low: number, high: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#littleEndian(low);
    this.#littleEndian(high);
  }

  /** A bytes field of two big-endian 32-bit words, as a span id is. */
  words2(field: number, word0: number, word1: number): void {
    this.open(field, 8);
    this.#reserve(8);
    this.#bigEndian(word0);
    this.#bigEndian(word1);
  }

  /** A bytes field of four big-endian 32-bit words, as a trace id is. */
  words4(field: number, word0: number, word1: number, word2: number, word3: number): void {
    this.open(field, 16);
    this.#reserve(16);
    this.#bigEndian(word0);
    this.#bigEndian(word1);
    this.#bigEndian(word2);
    this.#bigEndian(word3);
  }

  #tag(field: number, wireType: number): void {
    this.#varint((field << 3) | wireType);
  }

  #varint(value: number): void {
    this.#reserve(5);
    const buffer = this.#buffer;
    let at = this.#length;
    let rest = value;
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#length = at;
  }

  #utf8(value: string, bytes: number): void {
    this.#reserve(bytes);
    const buffer = this.#buffer;
    const at = this.#length;
    if (bytes !== value.length) buffer.write(value, at, bytes, 'utf8');
    else if (bytes > SHORT_TEXT) buffer.write(value, at, bytes, 'latin1');
    else for (let i = 0; i < bytes; i++) buffer[at + i] = value.charCodeAt(i);
    this.#length = at + bytes;
  }

  #littleEndian(value: number): void {
    const buffer = this.#buffer;
    const at = this.#length;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
    this.#length = at + 4;
  }

  #bigEndian(value: number): void {
    const buffer = this.#buffer;
    const at = this.#length;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    this.#length = at + 4;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.maxBytes) throw BUFFER_FULL;
    if (needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const doubled = Math.max(INITIAL_BYTES, this.#buffer.length * 2, needed);
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(doubled, this.maxBytes)));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** The bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  if (text.length > SHORT_TEXT) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  }
  return text.length;
}
