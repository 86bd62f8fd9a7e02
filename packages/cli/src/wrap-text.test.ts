import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrapText } from './wrap-text.js';

test('rows end at blanks and commas, and a long word is cut', () => {
  expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapText('/live,/ready,/metrics', 13)).toEqual(['/live,/ready,', '/metrics']);
  expect(wrapText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
  expect(wrapText('', 10)).toEqual(['']);
});

test('no row is too long, and nothing but blanks is lost', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const rows = wrapText(text, columns);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(columns);
      expect(rows.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
    }),
  );
});
