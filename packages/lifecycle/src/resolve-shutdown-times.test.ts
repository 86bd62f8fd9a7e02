import { expect, test } from 'vitest';
import { resolveShutdownTimes } from './resolve-shutdown-times.js';

test('keeps times that leave room for the shutdown, and leaves its input alone', () => {
  const times = Object.freeze({ deadlineMs: 9000, delayMs: 5000 });
  expect(resolveShutdownTimes(times)).toEqual(times);
});

test('cuts a delay that leaves none', () => {
  expect(resolveShutdownTimes({ deadlineMs: 9000, delayMs: 10_000 })).toEqual({ deadlineMs: 9000, delayMs: 6750 });
});

test.each([
  [{ deadlineMs: 0, delayMs: 0 }, 'deadlineMs: 0 is not valid: expected a number of milliseconds from 10 to 3600000'],
  [{ deadlineMs: Number.NaN, delayMs: 0 }, 'deadlineMs: NaN is not valid'],
  [{ deadlineMs: 9000, delayMs: -1 }, 'delayMs: -1 is not valid: expected a number of milliseconds from 0'],
])('refuses %o', (times, message) => {
  expect(() => resolveShutdownTimes(times)).toThrow(message);
});
