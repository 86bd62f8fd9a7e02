import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonString } from './json-string.js';
import { LineWriter } from './line-writer.js';

const writer = new LineWriter(16_384);

function written(write: () => void): string {
  writer.reset();
  write();
  return writer.written.toString();
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

test('numbers are written with all their digits', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.nat(255), fc.nat(999), (word, byte, small) => {
      const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
      expect(
        written(() => {
          writer.hex32(word);
          writer.hex8(byte);
          writer.digits3(small);
        }),
      ).toBe(hex(word, 8) + hex(byte, 2) + String(small).padStart(3, '0'));
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
