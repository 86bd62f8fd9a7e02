/** What a call that goes out makes of its record, whichever client it is made with. */
import { createChildRecord, type WorkRecord } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';

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
 * Notes that the caller has given the call up: that is no failure of it (semantic conventions v1.44, HTTP spans, "Status"). A status that
 * came before still counts.
 */
export function cancelCall(record: WorkRecord): void {
  record.aborted = true;
  record.setAttribute('porthole.cancelled', true);
}

/** `error.type` of a call that its own time-out has ended, where its error says nothing of that. */
export const TIMEOUT = 'timeout';

/** Notes that the call failed before its answer was complete. */
export function failCall(record: WorkRecord, error: unknown): void {
  record.aborted = record.status !== 0;
  const cause = isTimeout(causeOf(error)) ? causeOf(error) : error;
  if (record.errorType === '') record.errorType = codeOf(cause);
  record.fail(cause);
}

/** The codes and names that Node.js, undici, axios and got give to a call that its caller gives up. */
const CANCELLED: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  'ERR_ABORTED',
  'ERR_CANCELED',
  'UND_ERR_ABORTED',
  'AbortError',
  'CanceledError',
]);

/** Whether `error` says that the caller has given the call up, and not because it took too long (`AbortSignal.timeout`). */
export function isCancellation(error: unknown): boolean {
  if (isTimeout(causeOf(error))) return false;
  return CANCELLED.has(textOf(error, 'code')) || CANCELLED.has(textOf(error, 'name'));
}

/** Whether `error` is that of `AbortSignal.timeout`, or is named after it. */
export function isTimeout(error: unknown): boolean {
  return textOf(error, 'name') === 'TimeoutError';
}

/** What Node.js and undici have as codes: a small set, as the value of a label has to be. */
const CODE = /^[A-Z][A-Z0-9_]{1,62}$/;

/** The code of a system error (`ECONNREFUSED`); empty if there is none, which leaves it to the error's name. */
export function codeOf(error: unknown): string {
  const code = textOf(error, 'code');
  return CODE.test(code) ? code : '';
}

/** Node.js puts the reason of a signal there. */
function causeOf(error: unknown): unknown {
  try {
    return (error as { readonly cause?: unknown } | undefined | null)?.cause;
  } catch {
    return undefined;
  }
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
