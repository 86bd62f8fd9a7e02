/** As much of HTTP/1.1 (RFC 9112) as the answer to a probe needs: a status line and a body of known length. */

/** The answer to a probe; `body` is cut if it is too long. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const MAX_HEAD_BYTES = 8192;
const MAX_BODY_BYTES = 8192;

/** Collects an answer from the pieces in which it comes. */
export interface AnswerReader {
  /** Takes a piece in; the answer as soon as it is complete, or as long as it may get. */
  push(piece: Buffer): HttpAnswer | undefined;
  /** The peer has sent all: the answer, whose status is 0 if it is not HTTP, or `undefined` if there is none. */
  end(): HttpAnswer | undefined;
}

/**
 * Answers before the final one (RFC 9110, section 15.2). After 101, which no probe asks for, no more HTTP comes: it is
 * final.
 */
const INTERIM_ANSWERS = /^(?:HTTP\/1\.[01] 1(?!01)\d\d(?=[ \r]).{0,8180}?\r\n\r\n)+/s;

/** Creates a reader for one answer. */
export function createAnswerReader(): AnswerReader {
  let received = '';
  return {
    push: (piece) => {
      // Latin-1 keeps one character for each byte, so that lengths are bytes until the body is decoded.
      received = (received + piece.toString('latin1')).replace(INTERIM_ANSWERS, '');
      const bodyStart = bodyStartOf(received);
      if (bodyStart === -1) return received.length > MAX_HEAD_BYTES ? parse(received, -1) : undefined;
      return received.length - bodyStart >= bodyBytesOf(received, bodyStart) ? parse(received, bodyStart) : undefined;
    },
    end: () => (received === '' ? undefined : parse(received, bodyStartOf(received))),
  };
}

function parse(received: string, bodyStart: number): HttpAnswer {
  if (bodyStart === -1) return { status: 0, body: '' };
  const status = /^HTTP\/1\.[01] ([1-9]\d\d)[ \r]/.exec(received)?.[1];
  const body = received.slice(bodyStart, bodyStart + bodyBytesOf(received, bodyStart));
  return { status: Number(status ?? 0), body: Buffer.from(body, 'latin1').toString('utf8') };
}

function bodyStartOf(received: string): number {
  const headEnd = received.indexOf('\r\n\r\n');
  return headEnd === -1 || headEnd > MAX_HEAD_BYTES ? -1 : headEnd + 4;
}

/** How much of the body is wanted; without a length it goes on until the connection closes. */
function bodyBytesOf(received: string, bodyStart: number): number {
  const length = /\r\ncontent-length: *(\d{1,15})\r\n/i.exec(received.slice(0, bodyStart))?.[1];
  return Math.min(Number(length ?? MAX_BODY_BYTES), MAX_BODY_BYTES);
}
