/**
 * Reports connections that were closed because a bound was reached: the first at once, then at most one line a minute
 * with the number.
 */
import type { Log } from '@porthole/core/internal';

export interface ClosedLog {
  /** A caller has not read its answer in time. */
  unread(): void;
  /** A connection was closed in favour of others. */
  evicted(): void;
  /** Writes nothing more. */
  close(): void;
}

const LINE_INTERVAL_MS = 60_000;

/** Writes to `log` in the name of `component`. */
export function createClosedLog(log: Log, component: string): ClosedLog {
  let unread = 0;
  let evicted = 0;
  let timer: NodeJS.Timeout | undefined;

  const write = (): void => {
    timer = undefined;
    if (unread + evicted === 0) return;
    log.warn(
      {},
      `${component}: connections were closed: ${unread} whose callers did not read the answer in time, ${evicted} to stay within the limits`,
    );
    unread = 0;
    evicted = 0;
    timer = setTimeout(write, LINE_INTERVAL_MS).unref();
  };
  const note = (): void => {
    if (timer === undefined) write();
  };

  return {
    unread: () => {
      unread++;
      note();
    },
    evicted: () => {
      evicted++;
      note();
    },
    close: () => clearTimeout(timer),
  };
}
