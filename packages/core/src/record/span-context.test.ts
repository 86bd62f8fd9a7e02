import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SpanContext, spanIdOf, traceFlagsOf, traceIdOf } from './span-context.js';

const word = fc.integer();

test('ids are lower-case hex with leading zeros, most significant word first', () => {
  fc.assert(
    fc.property(fc.tuple(word, word, word, word, word, word), fc.nat(0xff), (words, traceFlags) => {
      const [traceId0, traceId1, traceId2, traceId3, spanId0, spanId1] = words;
      const context: SpanContext = {
        traceId0,
        traceId1,
        traceId2,
        traceId3,
        spanId0,
        spanId1,
        traceFlags,
        traceState: undefined,
        isRemote: false,
      };
      const hex = words.map((value) => (value >>> 0).toString(16).padStart(8, '0')).join('');
      expect(traceIdOf(context) + spanIdOf(context)).toBe(hex);
      expect(traceFlagsOf(context)).toBe(traceFlags.toString(16).padStart(2, '0'));
    }),
  );
});
