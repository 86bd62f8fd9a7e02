/**
 * The wall clock at moments of `performance.now()`'s clock, which records are timed on, without asking the system for
 * each of them.
 */
import { performance } from 'node:perf_hooks';
import { sharedState } from './shared-state.js';

/** How the two clocks stand to each other. */
export interface WallClock {
  /**
   * Milliseconds between the epoch and the origin of `performance.now()`. Within 1 ms of the wall clock at the last
   * `sync`.
   */
  readonly originMs: number;
  /** Compares the clocks, and follows the wall clock if the two have drifted apart. */
  sync(): void;
  /**
   * Whole milliseconds since the epoch at `ms` on `performance.now()`'s clock. Compares the clocks if the last
   * comparison is 100 ms old: until then it has the time of a wall clock that was not set.
   */
  epochMsAt(ms: number): number;
}

/** The source of the readings. */
export interface ClockReadings {
  /** Whole milliseconds since the epoch. @defaultValue `Date.now` */
  readonly wallMs?: () => number;
  /** @defaultValue `performance.now` */
  readonly monotonicMs?: () => number;
  /** When the latter was 0, as far as is known. @defaultValue `performance.timeOrigin` */
  readonly originMs?: number;
}

const SYNC_INTERVAL_MS = 100;

/** Far below a millisecond, and more than a double loses at the milliseconds since the epoch. */
const A_LITTLE_MS = 2 ** -10;

/** A clock that is in step from the start. */
export function createWallClock(readings: ClockReadings = {}): WallClock {
  const { wallMs = () => Date.now(), monotonicMs = () => performance.now() } = readings;
  let originMs = readings.originMs ?? performance.timeOrigin;
  let syncedMs = 0;
  const sync = (): void => {
    // The wall clock has whole milliseconds, and was read at some moment between the two others: more is not known.
    const beforeMs = monotonicMs();
    const nowMs = wallMs();
    syncedMs = monotonicMs();
    const earliestMs = nowMs - syncedMs;
    const latestMs = nowMs + 1 - beforeMs;
    if (originMs < earliestMs) originMs = earliestMs;
    else if (originMs >= latestMs) originMs = latestMs - A_LITTLE_MS;
  };
  sync();
  return {
    get originMs(): number {
      return originMs;
    },
    sync,
    epochMsAt: (ms) => {
      if (ms - syncedMs >= SYNC_INTERVAL_MS) sync();
      return Math.floor(originMs + ms);
    },
  };
}

/** The one that lines and spans have their times from. */
export const wallClock: WallClock = /* @__PURE__ */ sharedState('wall-clock', () => createWallClock());
