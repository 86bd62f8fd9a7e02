/** The life of the record of a request that has come in, whatever protocol it came by. */
import { endWork, enterScope, requestsInFlight, startWork, type WorkRecord } from '@porthole/core/internal';

/** The key under which the record travels on the response or the stream, so that its end needs no closure and no map. */
export const RECORD: unique symbol = Symbol.for('porthole.v1.request-record');

/** What a request is answered on: the response, or with HTTP/2 the one that resembles it, which has the stream. */
export interface RecordedAnswer {
  readonly [RECORD]?: WorkRecord;
  readonly stream?: { readonly [RECORD]?: WorkRecord };
}

/** The record of the request that is answered there, if it has one. */
export function recordOfAnswer(answer: RecordedAnswer): WorkRecord | undefined {
  return answer[RECORD] ?? answer.stream?.[RECORD];
}

/** `error.type` of a request whose answer was cut off. */
const ABORTED = 'aborted';

/** Codes of errors that say no more than `aborted` does: the other side is gone, or the connection. */
const LOST_CODES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_HTTP2_STREAM_ERROR',
]);

/** Tells the observers of the request, and makes its record the active one for all that follows in this turn. */
export function beginRequest(record: WorkRecord): void {
  startWork(record);
  enterScope(record);
}

/**
 * Ends the request, unless it has ended before. Never throws.
 *
 * @param status - the status code that was sent, 0 for none
 * @param aborted - whether the answer did not get through as a whole
 */
export function endRequest(record: WorkRecord, status: number, aborted: boolean): void {
  if (record.endMs !== 0) return;
  noteAnswer(record, status, aborted);
  endWork(record);
}

/** Sets what the answer says of the request: as for `endRequest`, with what the response or the stream was destroyed with, if anything. */
export function noteAnswer(record: WorkRecord, status: number, aborted: boolean, error?: Error | null): void {
  record.status = status;
  record.aborted = aborted;
  if (error && record.error === undefined && !isLoss(error)) record.fail(error);
  if (record.errorType !== '') return;
  if (status >= 500) record.errorType = String(status);
  else if (aborted) record.errorType = ABORTED;
}

function isLoss({ code }: Error & { readonly code?: unknown }): boolean {
  return LOST_CODES.has(code);
}

/** Ends all HTTP requests that are in flight, as aborted: nobody will see their end. */
export function abortRequestsInFlight(): void {
  for (const record of requestsInFlight()) {
    if (record.method !== '') endRequest(record, record.status, true);
  }
}
