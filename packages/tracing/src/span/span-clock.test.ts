import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSpanClock, type SpanClock } from './span-clock.js';

const nanosecondsAt = (clock: SpanClock, ms: number): bigint => {
  clock.convert(ms);
  return (BigInt(clock.high) << 32n) | BigInt(clock.low);
};

describe('createSpanClock', () => {
  test('gives the epoch in whole nanoseconds, with no more error than the origin has', () => {
    const clock = createSpanClock();
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
    let setMs = 1000.25;
    const wall = {
      originMs: 0,
      sync: () => {
        wall.originMs = setMs;
      },
    };
    const clock = createSpanClock(wall);
    expect(nanosecondsAt(clock, 1)).toBe(1_001_250_000n);
    setMs = 61_000.25;
    expect(nanosecondsAt(clock, 1)).toBe(1_001_250_000n);
    clock.sync();
    expect(nanosecondsAt(clock, 1)).toBe(61_001_250_000n);
  });
});
