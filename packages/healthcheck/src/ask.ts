/** One question to a running app, over a Unix socket or TCP. */

import type { Address } from './connection.js';
import { createAnswerReader, type HttpAnswer } from './http-answer.js';
import { openConnection } from './open-connection.js';
import { isOwnPort } from './own-ports.js';

/** An endpoint of the app, and the request for it. */
export interface Target {
  /** For messages: `127.0.0.1:9464`, `the control socket of pid 1`. */
  readonly name: string;
  /** For messages: that no app answers there. */
  readonly unreachable: string;
  readonly address: Address;
  /** The request's target, such as `/readyz?verbose`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The outcome: an answer, a peer that does not speak HTTP, one that closes without an answer, this very process, no
 * peer, or nothing in time.
 */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'own' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'timeout' };

/** A question that waits for its answer. */
export interface Question {
  /** Settles within the time-out, however slowly the answer drips in, and never rejects. */
  readonly reply: Promise<Reply>;
  /** Waits no longer: the reply is a time-out. */
  giveUp(): void;
}

/** Asks `target` and waits for `timeoutMs` at most. */
export function ask(target: Target, timeoutMs: number): Question {
  let giveUp = (): void => {};
  const reply = new Promise<Reply>((resolve) => {
    const reader = createAnswerReader();
    // The timer keeps the process alive: it ends a probe without an answer.
    const timer = setTimeout(() => settle({ kind: 'timeout' }), timeoutMs);
    const settle = (reply: Reply): void => {
      clearTimeout(timer);
      connection.close();
      resolve(reply);
    };
    const settleWith = (answer: HttpAnswer | undefined): void => settle(replyOf(target, answer));
    const settleAtEnd = (): void => settleWith(reader.end());

    const connection = openConnection(target.address, {
      opened: () => connection.write(requestOf(target)),
      received: (piece) => {
        const answer = reader.push(piece);
        if (answer !== undefined) settleWith(answer);
      },
      ended: () => settleAtEnd(),
      failed: (wasThere) => (wasThere ? settleAtEnd() : settle({ kind: 'unreachable' })),
    });
    giveUp = () => settle({ kind: 'timeout' });
  });
  return { reply, giveUp };
}

/** The reply for `answer`; `undefined` if the connection ended without one. */
function replyOf(target: Target, answer: HttpAnswer | undefined): Reply {
  if (answer === undefined) return { kind: 'closed' };
  if (isOwnPort(target.address)) return { kind: 'own' };
  if (answer.status === 0) return { kind: 'malformed' };
  return { kind: 'answer', answer };
}

function requestOf(target: Target): string {
  const headers = { Host: 'localhost', Connection: 'close', ...target.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target.url} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
