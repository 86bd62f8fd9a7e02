/**
 * Writes an answer piece by piece, so that a caller that reads slowly holds one piece of it and not a copy of the
 * whole.
 */
import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.js';

export interface WriteLimits {
  /** After this long in which the caller has read nothing the connection is closed, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** The connection is closed after this long, however steadily the caller reads, in milliseconds; 0 means never. */
  readonly answerTimeoutMs: number;
}

export interface WriteAnswerOptions extends WriteLimits {
  /** Runs a function in a later turn of the event loop, so that one long answer does not hold it. */
  readonly takeTurn: (work: () => void) => void;
  /** Called when a piece is about to be sent. */
  readonly onProgress: () => void;
  /** Called when the connection is closed because a limit is reached. */
  readonly onTimeout: () => void;
}

const PIECE_CHARACTERS = 16_384;

/** Writes `answer`; no body if the method is HEAD. @throws if a header is not valid. */
export function writeAnswer(response: ServerResponse, answer: Answer, options: WriteAnswerOptions): void {
  const { body } = answer;
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  });
  const madeProgress = limitTime(response, options);
  const writeFrom = (start: number): void => {
    if (response.destroyed) return;
    madeProgress();
    const end = endOfPiece(body, start);
    const piece = body.slice(start, end);
    if (end >= body.length) response.end(piece);
    else response.write(piece, () => options.takeTurn(() => writeFrom(end)));
  };
  if (response.req.method === 'HEAD') response.end();
  else writeFrom(0);
}

/** Closes the connection when a limit is reached. Returns a function that notes a read of the caller. */
function limitTime(response: ServerResponse, options: WriteAnswerOptions): () => void {
  const { stallTimeoutMs, answerTimeoutMs, onProgress, onTimeout } = options;
  const giveUp = (): void => {
    if (response.destroyed || response.closed) return;
    onTimeout();
    response.destroy();
  };
  const stall = setTimeout(giveUp, stallTimeoutMs).unref();
  const end = answerTimeoutMs === 0 ? undefined : setTimeout(giveUp, answerTimeoutMs).unref();
  response.once('close', () => {
    clearTimeout(stall);
    clearTimeout(end);
  });
  return () => {
    stall.refresh();
    onProgress();
  };
}

/** Not between the two halves of a surrogate pair: each half alone would become a replacement character. */
function endOfPiece(body: string, start: number): number {
  const end = start + PIECE_CHARACTERS;
  if (end >= body.length) return body.length;
  const last = body.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end + 1 : end;
}
