/** Begins and ends the record of an incoming request, of any protocol. */
import { endWork, enterContext, startWork, type WorkRecord } from '@porthole/core/internal';
import { type AnswerEnd, noteAnswer } from './answer-end.js';

/** The key of the record on the response or the stream, so that its end needs no closure and no map. */
export const RECORD: unique symbol = Symbol.for('porthole.v1.request-record');

/** The response of a request. In HTTP/2's compatibility API, it has the stream. */
export interface RecordedAnswer {
  readonly [RECORD]?: WorkRecord;
  readonly stream?: { readonly [RECORD]?: WorkRecord };
  /** A handshake has the record on its request: Node.js makes no response for it, but `@fastify/websocket` does. */
  readonly req?: { readonly [RECORD]?: WorkRecord };
}

/** The record of the request that is answered there, if it has one. */
export function recordOfAnswer(answer: RecordedAnswer): WorkRecord | undefined {
  return answer[RECORD] ?? answer.stream?.[RECORD] ?? answer.req?.[RECORD];
}

/** Notifies the observers and makes the record the active one for the rest of this turn. */
export function beginRequest(record: WorkRecord): void {
  startWork(record);
  enterContext(record);
}

/**
 * Ends the request, unless it has ended before. Never throws.
 *
 * @param status - the status code that was sent, 0 for none
 */
export function endRequest(record: WorkRecord, status: number, end: AnswerEnd, error?: unknown): void {
  if (record.endMs !== 0) return;
  record.answer = undefined;
  noteAnswer(record, status, end, error);
  endWork(record);
}
