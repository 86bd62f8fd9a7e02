import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSpanClock, type SpanClock } from './span-clock.js';

const nanosecondsAt = (clock: SpanClock, ms: number): bigint => {
  clock.convert(ms);
  return (BigInt(clock.high) << 32n) | BigInt(clock.low);
};

describe('createSpanClock', () => {
  test('gives the epoch in whole nanoseconds, with no more error than the origin has', () => {
    const clock = createSpanClock(() => performance.timeOrigin + performance.now());
    const whole = Math.floor(clock.originMs);
    const origin = BigInt(whole) * 1_000_000n + BigInt(Math.round((clock.originMs - whole) * 1e6));
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e10, noNaN: true }), (ms) => {
        expect(nanosecondsAt(clock, ms)).toBe(origin + BigInt(Math.round(ms * 1e6)));
      }),
    );
  });

  test('keeps both halves within 32 bits', () => {
    const clock = createSpanClock();
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e12, noNaN: true }), (ms) => {
        clock.convert(ms);
        for (const half of [clock.low, clock.high]) expect(half).toBe(half >>> 0);
      }),
    );
  });

  test('follows the wall clock where that has been set', () => {
    let offsetMs = 0;
    const clock = createSpanClock(() => performance.timeOrigin + performance.now() + offsetMs);
    const before = clock.originMs;
    offsetMs = 60_000;
    clock.sync();
    expect(Math.round((clock.originMs - before) / 1000)).toBe(60);
  });
});
