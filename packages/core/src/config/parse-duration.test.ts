import { describe, expect, test } from 'vitest';
import { parseDuration } from './parse-duration.js';

describe('a duration', () => {
  const parse = (text: string) => parseDuration(text, 0, 3_600_000);

  test.each([
    ['0', 0],
    ['9000', 9000],
    ['9s', 9000],
    ['9S', 9000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['1m', 60_000],
    // In floating point, 1.001 * 1000 is a little less than 1001.
    ['1.001s', 1001],
  ])('%s is %d ms', (value, ms) => {
    expect(parse(value)).toBe(ms);
  });

  test.each([
    [''],
    ['-1s'],
    ['9 s'],
    ['1h'],
    ['s'],
    ['1e3'],
    ['0x10'],
    ['Infinity'],
    ['NaN'],
    ['61m'],
    ['1.2345s'],
    ['.5s'],
  ])('%j is refused', (value) => {
    expect(parse(value)).toBeUndefined();
  });

  test('has both limits inside', () => {
    const limited = (text: string) => parseDuration(text, 100, 200);
    expect(['99', '100', '200', '201'].map(limited)).toEqual([undefined, 100, 200, undefined]);
    // As rounded: there is nothing between milliseconds.
    expect(['99.4', '99.5', '200.4', '200.5'].map(limited)).toEqual([undefined, 100, 200, undefined]);
  });
});
