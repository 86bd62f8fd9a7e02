/**
 * Puts a line together as bytes. A string of many parts costs more to build, to flatten and to encode than all the rest
 * of a request line.
 */
import { jsonString } from './json-string.js';

/**
 * Below this many bytes a loop is quicker than the call into the runtime that copies them, and below so many
 * characters, writes them.
 */
const SHORT_BYTES = 12;
const SHORT_TEXT = 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DIGIT_0 = 0x30;
const POINT = 0x2e;

/** Up to here the operators for 32-bit integers do. */
const MAX_SMALL = 999_999_999;

/**
 * Writes one line after the other, each into a place that has room for it: the writer keeps the limits of its parts.
 */
export class LineWriter {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Begins a line at `start` of `buffer`. */
  begin(buffer: Buffer, start: number): void {
    this.#buffer = buffer;
    this.#length = start;
  }

  /** The position in the buffer at which the line goes on. */
  get end(): number {
    return this.#length;
  }

  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length > SHORT_BYTES) this.#buffer.set(bytes, this.#length);
    else for (let i = 0; i < length; i++) this.#buffer[this.#length + i] = bytes[i] as number;
    this.#length += length;
  }

  text(text: string): void {
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
  }

  /** `text` as a JSON string of at most `maxBytes`, as `jsonString` has it. */
  json(text: string, maxBytes: number): void {
    if (text.length > SHORT_TEXT || !this.#shortJson(text, maxBytes)) this.text(jsonString(text, maxBytes));
  }

  /** A whole number of at least 0. */
  integer(value: number): void {
    if (value > MAX_SMALL) {
      this.text(String(value));
      return;
    }
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const higher = (rest / 10) | 0;
      this.#buffer[at] = DIGIT_0 + rest - higher * 10;
      rest = higher;
    }
    this.#length += digits;
  }

  /**
   * `value` thousandths as a JSON number: 12345 as `12.345`, 12300 as `12.3`, 12000 as `12`. `value` is whole and at
   * least 0.
   */
  thousandths(value: number): void {
    const whole = Math.floor(value / 1000);
    const rest = value - whole * 1000;
    this.integer(whole);
    if (rest === 0) return;
    this.#buffer[this.#length] = POINT;
    writeDigits3(this.#buffer, this.#length + 1, rest);
    this.#length += 4;
    while (this.#buffer[this.#length - 1] === DIGIT_0) this.#length--;
  }

  /** Whether `text` needed no escape and no cut, and has been written. */
  #shortJson(text: string, maxBytes: number): boolean {
    const { length } = text;
    if (length + 2 > maxBytes) return false;
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
      buffer[at++] = code;
    }
    buffer[at++] = QUOTE;
    this.#length = at;
    return true;
  }
}

/** The two hex digits of each byte. */
const HEX: Uint8Array = Buffer.from(
  Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join(''),
  'latin1',
);

/** Writes the 8 hex digits of a 32-bit integer, signed or not, at `at`. */
export function writeHex32(buffer: Buffer, at: number, value: number): void {
  writeHex8(buffer, at, value >>> 24);
  writeHex8(buffer, at + 2, (value >>> 16) & 0xff);
  writeHex8(buffer, at + 4, (value >>> 8) & 0xff);
  writeHex8(buffer, at + 6, value & 0xff);
}

/** Writes the 2 hex digits of a byte at `at`. */
export function writeHex8(buffer: Buffer, at: number, byte: number): void {
  buffer[at] = HEX[byte * 2] as number;
  buffer[at + 1] = HEX[byte * 2 + 1] as number;
}

/** Writes a whole number from 0 to 999 in three digits at `at`. */
export function writeDigits3(buffer: Buffer, at: number, value: number): void {
  const tens = (value / 10) | 0;
  const hundreds = (value / 100) | 0;
  buffer[at] = DIGIT_0 + hundreds;
  buffer[at + 1] = DIGIT_0 + (tens - hundreds * 10);
  buffer[at + 2] = DIGIT_0 + (value - tens * 10);
}
