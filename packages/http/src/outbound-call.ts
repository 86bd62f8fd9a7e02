/** What a call that goes out makes of its record, whichever client it is made with. */
import { createChildRecord, type WorkRecord } from '@porthole/core/internal';
import { pathOf } from './request-target.js';

/** A record of a call that begins, below the active one. */
export function createCallRecord(method: string, target: string): WorkRecord {
  const record = createChildRecord('client', '');
  record.method = method;
  record.path = pathOf(target);
  return record;
}

/** Notes the status of the answer: one of 400 and above is a failure for the side that calls. */
export function noteStatus(record: WorkRecord, status: number): void {
  record.status = status;
  if (status >= 400 && record.errorType === '') record.errorType = String(status);
}

/**
 * Notes that the call ended before its answer was complete. That the application gives up what is left of an answer, by an abort signal,
 * by cancelling the body or by never reading it (then there is no `error`), is no failure of the call.
 */
export function failCall(record: WorkRecord, error: unknown): void {
  const isGivenUp = error === undefined || textOf(error, 'name') === 'AbortError';
  record.aborted = isGivenUp || record.status !== 0;
  if (isGivenUp && record.status !== 0) return;
  if (record.errorType === '') record.errorType = isGivenUp ? 'AbortError' : errorCodeOf(error);
  record.fail(error);
}

/** What Node.js and undici have as codes: a small set, as the value of a label has to be. */
const CODE = /^[A-Z][A-Z0-9_]{1,62}$/;

/** The code of a system error (`ECONNREFUSED`); empty where there is none, which leaves it to the error's name. */
function errorCodeOf(error: unknown): string {
  const code = textOf(error, 'code');
  return CODE.test(code) ? code : '';
}

/** Reading what an application has thrown may throw again. */
function textOf(error: unknown, key: 'code' | 'name'): string {
  try {
    const value = (error as Partial<Record<typeof key, unknown>> | undefined | null)?.[key];
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
