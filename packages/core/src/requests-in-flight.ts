/**
 * The requests that are under way, in no order. A `Set` would be at hand, but V8 replaces a set's table every few hundred additions and
 * lets each old table refer to the next: once one of them has been promoted, all that follow are, with the records in them. Under
 * load the old generation grew by 200 kB with every collection of the young one. Here one array stays, and each record knows its place in it.
 */
import { sharedState } from './shared-state.js';
import type { WorkRecord } from './work-record.js';

/** What is under way when it is iterated over, whatever ends meanwhile. */
export interface RequestsInFlight extends Iterable<WorkRecord> {
  readonly size: number;
}

const state = /* @__PURE__ */ sharedState('requests-in-flight', () => ({
  /** The first `size` are taken; the rest is room that has been used before. */
  records: [] as (WorkRecord | undefined)[],
  size: 0,
}));

const inFlight: RequestsInFlight = {
  get size() {
    return state.size;
  },
  [Symbol.iterator]: () => (state.records.slice(0, state.size) as WorkRecord[]).values(),
};

/**
 * The work of kind `server` that has begun and not ended. Calls to others are not kept: one whose answer nobody reads would stay for ever.
 */
export function requestsInFlight(): RequestsInFlight {
  return inFlight;
}

/** Does nothing where `record` is under way already. */
export function addRequest(record: WorkRecord): void {
  if (record.place !== -1) return;
  record.place = state.size;
  state.records[state.size++] = record;
}

/** Does nothing where `record` is not under way. */
export function removeRequest(record: WorkRecord): void {
  const { place } = record;
  if (place === -1) return;
  const last = state.records[--state.size] as WorkRecord;
  state.records[place] = last;
  last.place = place;
  state.records[state.size] = undefined;
  record.place = -1;
}
