/** The answer of a route. */
import type { IncomingMessage } from 'node:http';
import { preferredType } from './preferred-type.js';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once, when the answer has been written or given up. */
  readonly release?: () => void;
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

/** A refusal after which nothing more of the connection is read: the rest may be another's request in disguise. */
export function refuse(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return textAnswer(status, text, { ...headers, connection: 'close' });
}

/** Whether the caller asks for JSON; text is for everybody else. */
export function wantsJson({ headers }: IncomingMessage): boolean {
  return preferredType(headers.accept, ['text/plain', 'application/json']) === 'application/json';
}
