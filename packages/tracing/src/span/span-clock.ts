/** From `performance.now()`'s clock, which records are timed on, to the wall clock that OTLP wants. */
import { type WallClock, wallClock } from '@porthole/core/internal';

/** Converts times. Both ends of a span go through one state of the clock, so that its duration is exact. */
export interface SpanClock {
  /** Milliseconds between the epoch and the origin of `performance.now()`. */
  readonly originMs: number;
  /** Compares the clocks, and follows the wall clock if the two have drifted apart. */
  sync(): void;
  /** Sets `low` and `high`, the halves of the nanoseconds since the epoch at `ms` on `performance.now()`'s clock. */
  convert(ms: number): void;
  readonly low: number;
  readonly high: number;
}

const TWO_32 = 2 ** 32;

/** A clock that starts in step with `wall`. */
export function createSpanClock(wall: Pick<WallClock, 'originMs' | 'sync'> = wallClock): SpanClock {
  let originMs = 0;
  let originLow = 0;
  let originHigh = 0;

  // The epoch in nanoseconds needs 61 bits, a double has 53: the product is made in two parts of 16 bits distance.
  const setOrigin = (ms: number): void => {
    originMs = ms;
    const whole = Math.floor(ms);
    const upper = Math.floor(whole / 65_536) * 1e6;
    const lower = (whole % 65_536) * 1e6 + Math.round((ms - whole) * 1e6);
    const sum = (upper % 65_536) * 65_536 + lower;
    originLow = sum % TWO_32;
    originHigh = Math.floor(upper / 65_536) + Math.floor(sum / TWO_32);
  };

  const clock = {
    low: 0,
    high: 0,
    get originMs(): number {
      return originMs;
    },
    sync: (): void => {
      wall.sync();
      if (wall.originMs !== originMs) setOrigin(wall.originMs);
    },
    convert: (ms: number): void => {
      const nanoseconds = Math.round(ms * 1e6);
      const high = Math.floor(nanoseconds / TWO_32);
      const low = originLow + (nanoseconds - high * TWO_32);
      const carry = low >= TWO_32 ? 1 : 0;
      clock.low = low - carry * TWO_32;
      clock.high = originHigh + high + carry;
    },
  };
  clock.sync();
  return clock;
}
