/** For frameworks that do not report the error of a request. */
import { activeRecord, reportInternalError } from '@porthole/core/internal';
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { writeHeldBack } from './held-back-lines.js';

/**
 * Puts an error on the record of the active request: its line and span show it. The status still decides whether the
 * request has failed. The last error before the end of the response wins. `undefined`, and a call outside a request,
 * have no effect. Never throws.
 *
 * @param response - the response of the request, for a call outside its context. @defaultValue the active request's
 *
 * @example
 * app.use((error, request, response, next) => { recordError(error); next(error); });
 */
export function recordError(error: unknown, response?: object): void {
  if (error === undefined) return;
  try {
    const record = response === undefined ? activeRecord() : recordOfAnswer(response as RecordedAnswer);
    if (record?.kind !== 'server' || record.method === '' || record.endMs !== 0) return;
    if (record.error !== undefined && !Object.is(record.error, error)) writeHeldBack(record);
    record.noteError(error);
  } catch (failure) {
    reportInternalError('http', failure);
  }
}
