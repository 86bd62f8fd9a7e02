/** The record of an outgoing call, for every client. */
import { createChildRecord, type WorkRecord } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';

/** Makes the record of a call, a child of the active record. */
export function createCallRecord(method: string, target: string): WorkRecord {
  const record = createChildRecord('client', '');
  record.method = method;
  record.path = pathOf(target);
  return record;
}

/** Notes the status of the response. For the caller, 400 and above is a failure. */
export function noteStatus(record: WorkRecord, status: number): void {
  record.status = status;
  if (status >= 400 && record.errorType === '') record.errorType = String(status);
}

/**
 * Notes that the caller cancelled the call. That is not a failure of the call (semantic conventions v1.44, HTTP spans,
 * "Status"). A status that came before still counts.
 */
export function cancelCall(record: WorkRecord): void {
  record.aborted = true;
  record.setAttribute('porthole.cancelled', true);
}

/** `error.type` of a call that its own time-out ended, if its error does not show that. */
export const TIMEOUT = 'timeout';

/** Notes that the call failed before its response was complete. */
export function failCall(record: WorkRecord, error: unknown): void {
  record.aborted = record.status !== 0;
  const cause = isTimeout(causeOf(error)) ? causeOf(error) : error;
  if (record.errorType === '') record.errorType = codeOf(cause);
  record.fail(cause);
}

/** The codes and names that Node.js, undici, axios and got give to a cancelled call. */
const CANCELLED: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  'ERR_ABORTED',
  'ERR_CANCELED',
  'UND_ERR_ABORTED',
  'UND_ERR_DESTROYED',
  'AbortError',
  'CanceledError',
]);

/**
 * Whether `error` means that the caller cancelled the call. A time-out (`AbortSignal.timeout`) is not a cancellation.
 */
export function isCancellation(error: unknown): boolean {
  if (isTimeout(causeOf(error))) return false;
  return CANCELLED.has(textOf(error, 'code')) || CANCELLED.has(textOf(error, 'name'));
}

/** Whether `error` comes from `AbortSignal.timeout` or has the same name. */
export function isTimeout(error: unknown): boolean {
  return textOf(error, 'name') === 'TimeoutError';
}

/** The form of the codes of Node.js and undici: a small set, suitable as label values. */
const CODE = /^[A-Z][A-Z0-9_]{1,62}$/;

/** The code of a system error (`ECONNREFUSED`). Empty if there is none; then the error's name counts. */
export function codeOf(error: unknown): string {
  const code = textOf(error, 'code');
  return CODE.test(code) ? code : '';
}

/** Node.js puts the reason of a signal in `cause`. */
function causeOf(error: unknown): unknown {
  try {
    return (error as { readonly cause?: unknown } | undefined | null)?.cause;
  } catch {
    return undefined;
  }
}

/** Reads a property safely: a thrown value of the application may throw again when it is read. */
function textOf(error: unknown, key: 'code' | 'name'): string {
  try {
    const value = (error as Partial<Record<typeof key, unknown>> | undefined | null)?.[key];
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
