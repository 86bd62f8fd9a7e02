import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRejected, parseRejectedJson } from './partial-success.js';

describe('parseRejected', () => {
  test('reads the number of rejected spans, whatever stands beside it', () => {
    // partial_success { rejected_spans: 300, error_message: "no" }
    const message = Buffer.from([0x0a, 0x07, 0x08, 0xac, 0x02, 0x12, 0x02, 0x6e, 0x6f]);
    expect(parseRejected(message)).toBe(300);
    // An unknown fixed64 field and an unknown varint before it.
    const unknown = Buffer.from([0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x80, 0x01]);
    expect(parseRejected(Buffer.concat([unknown, message]))).toBe(300);
  });

  test('is 0 for an empty answer, for one that is cut off, and for a negative number', () => {
    expect(parseRejected(Buffer.alloc(0))).toBe(0);
    expect(parseRejected(Buffer.from([0x0a, 0x07, 0x08]))).toBe(0);
    expect(parseRejected(Buffer.from([0x0a, 0x02, 0x08, 0x80]))).toBe(0);
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect(parseRejected(Buffer.from([0x0a, 0x0b, 0x08, ...minusOne]))).toBe(0);
  });

  test('never throws, and gives a whole number that is not negative', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const rejected = parseRejected(bytes);
        expect(Number.isSafeInteger(rejected) && rejected >= 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseRejectedJson', () => {
  test.each([
    ['{"partialSuccess":{"rejectedSpans":"300","errorMessage":"no"}}', 300],
    ['{"partialSuccess":{"rejectedDataPoints":7}}', 7],
    ['{"partialSuccess":{}}', 0],
    ['{"partialSuccess":{"rejectedSpans":"-4"}}', 0],
    ['{"partialSuccess":null}', 0],
    ['null', 0],
    ['<html>', 0],
  ])('of %s is %i', (answer, rejected) => {
    expect(parseRejectedJson(answer)).toBe(rejected);
  });

  test('never throws, and gives a whole number that is not negative', () => {
    const answer = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"partialSuccess":${json}}`),
    );
    fc.assert(
      fc.property(answer, (text) => {
        const rejected = parseRejectedJson(text);
        expect(Number.isSafeInteger(rejected) && rejected >= 0).toBe(true);
      }),
    );
  });
});
