/** Reads the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) field by field. */

/** Thrown if a message ends too early or is not valid. */
const MALFORMED: Error = new RangeError('The message is not valid protobuf');

const LENGTH_LIMIT = 2 ** 31;

/** A cursor over the fields of one message. `next` moves it, and throws if the bytes are not a message. */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  #position: number;
  readonly #end: number;
  /** The number and the wire type of the field that was read last. */
  field = 0;
  wireType = 0;
  /** Its value, if it is a number: unsigned 32-bit halves. */
  low = 0;
  high = 0;
  /** The position of its value, if it is text, bytes or a message. */
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** The position of the next field. */
  get position(): number {
    return this.#position;
  }

  /** Reads the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position >= this.#end) return false;
    this.#readVarint();
    if (this.high !== 0) throw MALFORMED;
    this.field = this.low >>> 3;
    this.wireType = this.low & 7;
    if (this.wireType === 0) this.#readVarint();
    else if (this.wireType === 1) this.#readFixed64();
    else if (this.wireType === 2) this.#readLength();
    else if (this.wireType === 5) this.#readFixed32();
    else throw MALFORMED;
    return true;
  }

  #readVarint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#end) throw MALFORMED;
      const byte = this.bytes[this.#position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw MALFORMED;
  }

  #readFixed64(): void {
    const start = this.#skip(8);
    this.low = this.#uint32At(start);
    this.high = this.#uint32At(start + 4);
  }

  #readFixed32(): void {
    this.low = this.#uint32At(this.#skip(4));
    this.high = 0;
  }

  #readLength(): void {
    this.#readVarint();
    if (this.high !== 0 || this.low >= LENGTH_LIMIT) throw MALFORMED;
    this.start = this.#skip(this.low);
    this.end = this.#position;
  }

  #uint32At(at: number): number {
    const { bytes } = this;
    const upper = ((bytes[at + 3] as number) << 24) | ((bytes[at + 2] as number) << 16);
    return (upper | ((bytes[at + 1] as number) << 8) | (bytes[at] as number)) >>> 0;
  }

  /** Passes over `bytes` bytes and returns their position. */
  #skip(bytes: number): number {
    const start = this.#position;
    if (start + bytes > this.#end) throw MALFORMED;
    this.#position = start + bytes;
    return start;
  }
}
