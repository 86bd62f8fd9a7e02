/** The observers of units of work: the logger, the metrics registry and the tracer are each one observer. */
import { performance } from 'node:perf_hooks';
import { reportInternalError } from '../internal-errors.js';
import { sharedState } from '../shared-state.js';
import { createLiveList, type LiveList } from './live-list.js';
import type { WorkRecord } from './work-record.js';

/**
 * Sees each unit of work twice, unless it is left out. Its errors are counted under its component and go nowhere else.
 */
export interface Observer {
  /** The label value in `porthole_internal_errors_total{component}`. */
  readonly component: string;
  /** Work begins: sample it, count it as in flight. */
  start?(record: WorkRecord): void;
  /** Work is over and `record` is final: write its line, add its observation, end its span. */
  end(record: WorkRecord): void;
  /** Work that began is left out: forget it. There is no `end` then. `sampled` is the record's state until now. */
  forget?(record: WorkRecord, sampled: boolean): void;
}

// Replaced as a whole at each change, so that a loop over it is never disturbed.
const observers = /* @__PURE__ */ sharedState('observers', () => ({ list: [] as readonly Observer[] }));

/** Adds `observer` after those there are; the function that is returned takes it off again. */
export function addObserver(observer: Observer): () => void {
  observers.list = [...observers.list, observer];
  return () => {
    observers.list = observers.list.filter((other) => other !== observer);
  };
}

const inFlight = /* @__PURE__ */ sharedState('requests-in-flight', () => createLiveList<WorkRecord>('place'));

/**
 * The work of kind `server` that has begun and not ended. Calls to others are not kept: one with an unread answer would
 * stay for ever.
 */
export function requestsInFlight(): Pick<LiveList<WorkRecord>, 'size' | typeof Symbol.iterator> {
  return inFlight;
}

const jobs = /* @__PURE__ */ sharedState('jobs-in-flight', () => createLiveList<WorkRecord>('place'));

/** Keeps `record`, which has begun, until it ends, for `abortWorkInFlight`; of kind `server` every record is kept. */
export function keepInFlight(record: WorkRecord): void {
  if (record.recorded && record.kind !== 'server') jobs.add(record);
}

function release(record: WorkRecord): void {
  if (record.kind === 'server') inFlight.remove(record);
  else if (record.place !== -1) jobs.remove(record);
}

/** `error.type` of work in flight when the process ends. */
const ABORTED = 'aborted';

/**
 * Ends all work of `withRecord` and of kind `server` that is under way, as aborted, so that observers see work that
 * would have no end. For the end of the process: it is synchronous, as a listener of `exit` needs it, and does nothing
 * a second time. Never throws.
 */
export function abortWorkInFlight(): void {
  // The work inside a request first.
  for (const record of [...jobs, ...inFlight]) {
    record.aborted = true;
    if (record.errorType === '') record.errorType = ABORTED;
    endWork(record);
  }
}

/** Reports to the observers that the work of `record` begins. Never throws. */
export function startWork(record: WorkRecord): void {
  if (!record.recorded) return;
  if (record.kind === 'server') inFlight.add(record);
  const { list } = observers;
  for (let i = 0; i < list.length; i++) {
    const observer = list[i] as Observer;
    if (observer.start === undefined) continue;
    try {
      observer.start(record);
    } catch (error) {
      reportInternalError(observer.component, error);
    }
  }
}

/**
 * Sets the end of `record` and reports to the observers; a second call for the same record does nothing. Never throws.
 *
 * @param endMs - the end of the work, on `performance.now()`'s clock, if it is noticed late. @defaultValue now
 */
export function endWork(record: WorkRecord, endMs: number = performance.now()): void {
  if (record.endMs !== 0) return;
  record.endMs = endMs;
  if (!record.recorded) return;
  release(record);
  const { list } = observers;
  for (let i = 0; i < list.length; i++) {
    const observer = list[i] as Observer;
    try {
      observer.end(record);
    } catch (error) {
      reportInternalError(observer.component, error);
    }
  }
}

/**
 * Leaves out the work of `record`, which has not ended: its end is not reported. It stays the active one, and the
 * propagated context is that of an unrecorded span. Never throws.
 */
export function ignoreRecord(record: WorkRecord): void {
  if (!record.recorded) return;
  const { sampled } = record;
  record.recorded = false;
  record.sampled = false;
  release(record);
  for (const observer of observers.list) {
    try {
      observer.forget?.(record, sampled);
    } catch (error) {
      reportInternalError(observer.component, error);
    }
  }
}
