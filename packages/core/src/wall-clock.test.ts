import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { createWallClock } from './wall-clock.js';

/** A wall clock of whole milliseconds that is `offsetMs` ahead of the one that `performance` began with. */
function wallAhead(): { offsetMs: number; now: () => number } {
  const wall = {
    offsetMs: 0,
    now: () => Math.floor(performance.timeOrigin + performance.now() + wall.offsetMs),
  };
  return wall;
}

describe('createWallClock', () => {
  test('leaves the origin alone while the clocks agree, whatever part of a millisecond it is', () => {
    const wall = wallAhead();
    const clock = createWallClock(wall.now);
    const { originMs } = clock;
    for (let i = 0; i < 1000; i++) clock.sync();
    expect(clock.originMs).toBe(originMs);
  });

  test.each([0.4, -0.4, 3, -3, 60_000, -60_000])(
    'follows a wall clock that goes %d ms ahead, to the millisecond',
    (aheadMs) => {
      const wall = wallAhead();
      const clock = createWallClock(wall.now);
      wall.offsetMs = aheadMs;
      clock.sync();
      expect(Math.abs(clock.originMs - performance.timeOrigin - aheadMs)).toBeLessThanOrEqual(1);
      const earliest = wall.now();
      const told = clock.epochMsAt(performance.now());
      expect(told).toBeGreaterThanOrEqual(earliest - 1);
      expect(told).toBeLessThanOrEqual(wall.now() + 1);
    },
  );

  test('asks the wall clock again when a time is a while after the last answer', () => {
    const wall = wallAhead();
    const nowMs = performance.now();
    let asked = 0;
    const clock = createWallClock(() => {
      asked++;
      return wall.now();
    });
    clock.epochMsAt(nowMs);
    expect(asked).toBe(1);
    wall.offsetMs = 60_000;
    expect(Math.round((clock.epochMsAt(nowMs + 1000) - nowMs - performance.timeOrigin) / 1000)).toBe(61);
    expect(asked).toBe(2);
  });
});
