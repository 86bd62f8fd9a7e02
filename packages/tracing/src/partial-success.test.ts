import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRejectedSpans } from './partial-success.js';

describe('parseRejectedSpans', () => {
  test('reads the number of rejected spans, whatever stands beside it', () => {
    // partial_success { rejected_spans: 300, error_message: "no" }
    const message = Buffer.from([0x0a, 0x07, 0x08, 0xac, 0x02, 0x12, 0x02, 0x6e, 0x6f]);
    expect(parseRejectedSpans(message)).toBe(300);
    // An unknown fixed64 field and an unknown varint before it.
    const unknown = Buffer.from([0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x80, 0x01]);
    expect(parseRejectedSpans(Buffer.concat([unknown, message]))).toBe(300);
  });

  test('is 0 for an empty answer and for one that is cut off', () => {
    expect(parseRejectedSpans(Buffer.alloc(0))).toBe(0);
    expect(parseRejectedSpans(Buffer.from([0x0a, 0x07, 0x08]))).toBe(0);
    expect(parseRejectedSpans(Buffer.from([0x0a, 0x02, 0x08, 0x80]))).toBe(0);
  });

  test('never throws, and gives a whole number that is not negative', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const rejected = parseRejectedSpans(bytes);
        expect(Number.isSafeInteger(rejected) && rejected >= 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
