/** For frameworks that keep to themselves what a request has failed with. */
import { activeRecord, reportInternalError } from '@porthole/core/internal';
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { writeHeldBack } from './held-back-lines.js';

/**
 * Puts what was thrown on the record of the request that is being answered: its line and span show it. Whether the request has failed is
 * still decided by its status. The last error that is given before the answer is over stays; `undefined`, and a call outside a request,
 * do nothing. Never throws.
 *
 * @param response - what the request is answered on, if the call is not made inside the request. @defaultValue the active request's
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
