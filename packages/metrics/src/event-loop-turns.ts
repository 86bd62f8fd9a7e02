/** Turns of the event loop: long work in slices between them, and one read for all metrics of a turn. */
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface TimeSlice {
  /** Whether the slice is used up and `next` is due. */
  isOver(): boolean;
  /** Waits for the event loop's next turn, with which a new slice begins. */
  next(): Promise<void>;
}

/** The first slice begins now. */
export function createTimeSlice(sliceMs: number): TimeSlice {
  let startMs = performance.now();
  return {
    isOver: () => performance.now() - startMs >= sliceMs,
    async next() {
      await nextTurn();
      startMs = performance.now();
    },
  };
}

/**
 * Makes `read` run once for all metrics of a collection that show a part of its result. A collection asks its
 * metrics one after the other in one synchronous run; the value is dropped when that ends.
 */
export function oncePerTurn<T>(read: () => T): () => T {
  let held: { readonly value: T } | undefined;
  return () => {
    if (held === undefined) {
      held = { value: read() };
      queueMicrotask(() => {
        held = undefined;
      });
    }
    return held.value;
  };
}
