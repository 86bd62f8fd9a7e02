/**
 * The end of a statement of a library that publishes nothing: by its callback, its promise, or the events of its
 * result.
 */
import { AsyncResource } from 'node:async_hooks';
import { errorMonitor } from 'node:events';
import { endWork, type WorkRecord } from '@porthole/core/internal';
import { failDatabaseCall } from './database-call.js';

/** A library's callback at the end of a statement. */
export type Callback = (error: unknown, ...results: unknown[]) => unknown;

/** Notes the cause of the failure on the record. */
type Fail = (record: WorkRecord, error: unknown) => void;

/** Ends the record, once. */
export function settle(record: WorkRecord, error?: unknown, fail: Fail = failDatabaseCall): void {
  if (record.endMs !== 0) return;
  if (error !== undefined) fail(record, error);
  endWork(record);
}

/** The callback, which ends the record and runs in the context of its call. */
export function observedCallback(record: WorkRecord, callback: Callback, fail?: Fail): Callback {
  return AsyncResource.bind(function (this: unknown, error: unknown, ...results: unknown[]): unknown {
    settle(record, error ?? undefined, fail);
    return callback.call(this, error, ...results);
  });
}

/** A promise that settles as `promise` does, after the record has ended. */
export async function observedPromise<T>(record: WorkRecord, promise: Promise<T>): Promise<T> {
  try {
    const result = await promise;
    settle(record);
    return result;
  } catch (error) {
    settle(record, error);
    throw error;
  }
}

/**
 * Ends the record by the events of `query`, if it is an emitter; returns whether it is. A listener of `error` would
 * hide unhandled errors.
 */
export function observeEvents(record: WorkRecord, query: unknown, fail?: Fail): boolean {
  const { once } = (query ?? {}) as { once?: (event: string | symbol, listener: (value: unknown) => void) => unknown };
  if (typeof once !== 'function') return false;
  once.call(query, errorMonitor, (error) => settle(record, error, fail));
  for (const event of ['end', 'close']) once.call(query, event, () => settle(record));
  return true;
}
