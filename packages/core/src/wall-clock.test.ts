import { describe, expect, test } from 'vitest';
import { createWallClock, type WallClock } from './wall-clock.js';

/** Clocks that stand still until the test sets them, `monotonicMs` after an origin of 1000 ms. */
interface Hands {
  wallMs: number;
  monotonicMs: number;
  /** How long the wall clock takes to be read. */
  readingMs: number;
  /** How often it has been read. */
  readings: number;
}

function clockWith(set: Partial<Hands> = {}): readonly [WallClock, Hands] {
  const hands: Hands = { wallMs: 1050, monotonicMs: 50.5, readingMs: 0, readings: 0, ...set };
  const clock = createWallClock({
    originMs: 1000,
    monotonicMs: () => hands.monotonicMs,
    wallMs: () => {
      hands.readings++;
      hands.monotonicMs += hands.readingMs;
      return hands.wallMs;
    },
  });
  return [clock, hands];
}

describe('createWallClock', () => {
  test('keeps the origin while the wall clock says a millisecond that it falls into', () => {
    const [clock, hands] = clockWith();
    expect(clock.originMs).toBe(1000);
    for (const [wallMs, monotonicMs] of [
      [1060, 60],
      [1060, 60.9],
      [1061, 61],
    ] as const) {
      Object.assign(hands, { wallMs, monotonicMs });
      clock.sync();
      expect(clock.originMs).toBe(1000);
    }
  });

  test.each([
    { name: 'forward', wallMs: 61_050, originMs: 60_999.5 },
    { name: 'back', wallMs: 50, originMs: 0.5 },
  ])('goes to the nearest that is possible when the wall clock is set $name', ({ wallMs, originMs }) => {
    const [clock, hands] = clockWith();
    hands.wallMs = wallMs;
    clock.sync();
    expect(clock.originMs).toBeCloseTo(originMs, 2);
    expect(Math.floor(clock.originMs + hands.monotonicMs)).toBe(wallMs);
  });

  test('does not take a pause while it reads for a difference', () => {
    const [clock, hands] = clockWith();
    Object.assign(hands, { monotonicMs: 60.5, wallMs: 1085, readingMs: 30 });
    clock.sync();
    expect(clock.originMs).toBe(1000);
  });

  test('tells whole milliseconds since the epoch, and reads the wall clock again after 100 ms', () => {
    const [clock, hands] = clockWith();
    hands.wallMs = 61_150;
    expect(clock.epochMsAt(150.4)).toBe(1150);
    expect(hands.readings).toBe(1);
    hands.monotonicMs = 150.5;
    expect(clock.epochMsAt(150.5)).toBe(61_150);
    expect(hands.readings).toBe(2);
  });

  test('starts in step with the wall clock of the system', () => {
    const clock = createWallClock();
    const earliest = Date.now();
    const told = clock.originMs + performance.now();
    expect(told).toBeGreaterThan(earliest - 1);
    expect(told).toBeLessThan(Date.now() + 2);
  });
});
