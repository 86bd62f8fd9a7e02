/** The wall clock at moments of `performance.now()`'s clock, which records are timed on, without asking the system for each of them. */
import { performance } from 'node:perf_hooks';

/** How the two clocks stand to each other. */
export interface WallClock {
  /** Milliseconds between the epoch and the origin of `performance.now()`. */
  readonly originMs: number;
  /** Compares the clocks, and follows the wall clock where the two have drifted apart. */
  sync(): void;
  /** Whole milliseconds since the epoch at `ms` on `performance.now()`'s clock; compares the clocks where that was not done lately. */
  epochMsAt(ms: number): number;
}

/** How long `epochMsAt` goes on with what the wall clock has said. */
const SYNC_INTERVAL_MS = 100;

/** In step with the wall clock from the start. `now` stands for `Date.now` in tests. */
export function createWallClock(now: () => number = Date.now): WallClock {
  let originMs = performance.timeOrigin;
  let syncedMs = 0;
  const sync = (): void => {
    // `now` tells whole milliseconds, and was asked at some moment between the two others: more is not known.
    const beforeMs = performance.now();
    const wallMs = now();
    const afterMs = performance.now();
    syncedMs = afterMs;
    const latestMs = wallMs + 1 - beforeMs;
    if (originMs < wallMs - afterMs) originMs = wallMs - afterMs;
    else if (originMs >= latestMs) originMs = latestMs - RESOLUTION_MS;
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

/** What a double can tell apart at the milliseconds since the epoch. */
const RESOLUTION_MS = 2 ** -10;
