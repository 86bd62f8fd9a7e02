/** When the process has to have ended. */
import { performance } from 'node:perf_hooks';

/** The deadline of a shutdown or a crash; a crash in a shutdown keeps that of the shutdown. */
export interface ShutdownDeadline {
  /** Milliseconds that are left, at least `minMs`; before {@link ShutdownDeadline.start} all of them. */
  leftMs(minMs: number): number;
  /** Begins, or begins anew with `limitMs`. */
  start(limitMs: number): void;
  /** The deadline still holds, but does not keep a process alive that has nothing left to do. */
  unref(): void;
  clear(): void;
}

/** @param pass - called when the deadline has passed */
export function createShutdownDeadline(deadlineMs: number, pass: () => void): ShutdownDeadline {
  let timer: NodeJS.Timeout | undefined;
  let atMs: number | undefined;
  let isUnref = false;
  return {
    leftMs: (minMs) => Math.max(minMs, atMs === undefined ? deadlineMs : atMs - performance.now()),
    start: (limitMs) => {
      clearTimeout(timer);
      atMs = performance.now() + limitMs;
      timer = setTimeout(pass, limitMs);
      if (isUnref) timer.unref();
    },
    unref: () => {
      isUnref = true;
      timer?.unref();
    },
    clear: () => clearTimeout(timer),
  };
}
