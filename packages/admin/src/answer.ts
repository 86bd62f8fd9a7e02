/** What a route answers, and how it is written: never cached, never guessed at, never for another origin. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { preferredType } from './preferred-type.js';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';

/** Text, with a newline at its end. */
export function textAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: text.endsWith('\n') ? text : `${text}\n`, contentType: TEXT, headers };
}

/** JSON on one line. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, body: `${JSON.stringify(value)}\n`, contentType: 'application/json; charset=utf-8' };
}

/** A refusal after which nothing more of the connection is read: what follows may be another's request in disguise. */
export function refuse(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return textAnswer(status, text, { ...headers, connection: 'close' });
}

/** Whether the caller asks for JSON; text is for everybody else. */
export function wantsJson({ headers }: IncomingMessage): boolean {
  return preferredType(headers.accept, ['text/plain', 'application/json']) === 'application/json';
}

/** Writes `answer`; Node.js leaves out the body where the method is HEAD. */
export function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  });
  response.end(answer.body);
}
