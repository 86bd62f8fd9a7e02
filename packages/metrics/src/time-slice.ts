/** Long work in slices, so that the event loop gets its turns in between. */
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
