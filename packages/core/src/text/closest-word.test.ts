import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closestWord, editDistance } from './closest-word.js';

describe('the closest word', () => {
  const words = ['healthcheck', 'status', 'health', 'log-level', 'porthole status'];

  test.each([
    ['statsu', 'status'],
    ['helth', 'health'],
    ['healthchek', 'healthcheck'],
    ['loglevel', 'log-level'],
  ])('to %s is %s', (word, expected) => expect(closestWord(word, words)).toBe(expected));

  test.each(['', 'server', 'x'.repeat(10_000)])('to what resembles none is none', (word) => {
    expect(closestWord(word, words)).toBeUndefined();
    expect(closestWord(word, [])).toBeUndefined();
  });
});

describe('the edit distance', () => {
  test('is 0 for the same word only, the same in both directions, and at most the length of the longer word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  test('counts a swap of two neighbours as one', () => expect(editDistance('statsu', 'status')).toBe(1));
});
