/** The life of the record of a request that has come in, whatever protocol it came by. */
import { endWork, enterContext, startWork, type WorkRecord } from '@porthole/core/internal';
import { type AnswerEnd, noteAnswer } from './answer-end.js';

/** The key under which the record travels on the response or the stream, so that its end needs no closure and no map. */
export const RECORD: unique symbol = Symbol.for('porthole.v1.request-record');

/** What a request is answered on: the response, or with HTTP/2 the one that resembles it, which has the stream. */
export interface RecordedAnswer {
  readonly [RECORD]?: WorkRecord;
  readonly stream?: { readonly [RECORD]?: WorkRecord };
  /** Of a handshake the request has it: Node.js makes no response for one, but `@fastify/websocket` does. */
  readonly req?: { readonly [RECORD]?: WorkRecord };
}

/** The record of the request that is answered there, if it has one. */
export function recordOfAnswer(answer: RecordedAnswer): WorkRecord | undefined {
  return answer[RECORD] ?? answer.stream?.[RECORD] ?? answer.req?.[RECORD];
}

/** Tells the observers of the request, and makes its record the active one for all that follows in this turn. */
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
