import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonString } from './json-string.js';
import { LineWriter, writeDigits3, writeHex8, writeHex32 } from './line-writer.js';

const writer = new LineWriter();
const buffer = Buffer.alloc(16_384);
const START = 5;

function written(write: () => void): string {
  writer.begin(buffer, START);
  write();
  return buffer.toString('utf8', START, writer.end);
}

test('a JSON string is the one that jsonString makes, cut and escaped where need be', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const text = fc.oneof(fc.string(), fc.string({ unit }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(text, fc.integer({ min: 5, max: 60 }), (value, maxBytes) => {
      expect(written(() => writer.json(value, maxBytes))).toBe(jsonString(value, maxBytes));
    }),
  );
});

test('numbers of a fixed width are written with all their digits', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(255), fc.nat(999), (word, byte, small) => {
      const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
      writeHex32(buffer, 0, word);
      writeHex8(buffer, 8, byte);
      writeDigits3(buffer, 10, small);
      expect(buffer.toString('latin1', 0, 13)).toBe(hex(word >>> 0, 8) + hex(byte, 2) + String(small).padStart(3, '0'));
    }),
  );
});

test('whole numbers and thousandths are those that JSON has', () => {
  const whole = fc.oneof(fc.nat(1200), fc.maxSafeNat(), fc.constantFrom(999_999_999, 1_000_000_000));
  fc.assert(
    fc.property(whole, fc.nat(5_000_000), (value, thousandths) => {
      expect(written(() => writer.integer(value))).toBe(String(value));
      expect(written(() => writer.thousandths(thousandths))).toBe(String(thousandths / 1000));
    }),
  );
});

test('parts follow each other, short and long', () => {
  const parts = ['ä', 'x'.repeat(23), 'y'.repeat(24), 'z'.repeat(25), ''];
  const line = written(() => {
    for (const part of parts) {
      writer.bytes(Buffer.from(part));
      writer.text(part);
    }
  });
  expect(line).toBe(parts.map((part) => part + part).join(''));
});
