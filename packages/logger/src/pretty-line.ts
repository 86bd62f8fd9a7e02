/** A JSON line as people read it on a terminal. */
import { jsonString } from './json-string.js';
import { prettyRequest } from './pretty-request.js';
import { renderValue } from './render-value.js';

const HIDDEN: ReadonlySet<string> = new Set(['severity_number', 'service.name', 'span_id', 'trace_flags', 'trace_id']);

// Select Graphic Rendition codes (ECMA-48, section 8.3.117).
const COLOUR_OF_LEVEL: Readonly<Record<string, number>> = {
  trace: 90,
  debug: 36,
  info: 32,
  warn: 33,
  error: 31,
  fatal: 35,
};
const GREY = 90;
const DIM = 2;

/** Enough to find the lines of one trace by eye. */
const TRACE_DIGITS = 6;

/**
 * `HH:MM:SS.mmm LEVEL message trace=4bf92f… key=value …` with the stacks of errors indented below; times are UTC, as in
 * the JSON. The line of a request or a call has its method, path, status and duration in place of the message and their
 * fields. Control characters stay escaped: a logged value must not steer the terminal.
 */
export function prettyLine(json: string, colour: boolean): string {
  const line = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const { text, rest } = prettyRequest(line) ?? messageAndRest(line);
  const {
    timestamp,
    level,
    message: _,
    'exception.type': type,
    'exception.message': reason,
    'exception.stacktrace': stack,
    ...fields
  } = rest;
  const paint = (part: string, code: number): string => (colour ? `\u001b[${code}m${part}\u001b[0m` : part);
  const name = visible(String(level).toUpperCase());
  const parts = [
    paint(visible(String(timestamp).slice(11, 23)), GREY),
    paint(name, COLOUR_OF_LEVEL[String(level)] ?? GREY),
    visible(text),
  ];
  const { trace_id: traceId } = line;
  if (typeof traceId === 'string') parts.push(paint(`trace=${visible(traceId.slice(0, TRACE_DIGITS))}…`, DIM));
  const ownStack = stack ?? (type === undefined ? undefined : `${type}: ${reason}`);
  const stacks = ownStack === undefined ? [] : [String(ownStack)];
  for (const [key, value] of Object.entries(fields)) {
    if (HIDDEN.has(key)) continue;
    const error = shownError(value);
    if (error?.stack !== undefined) stacks.push(`${key}: ${error.stack}`);
    else parts.push(paint(`${visible(key)}=${show(value)}`, DIM));
  }
  return `${[parts.filter((part) => part !== '').join(' '), ...stacks.map(indented)].join('\n')}\n`;
}

function messageAndRest(line: Readonly<Record<string, unknown>>): { text: string; rest: typeof line } {
  return { text: String(line.message ?? ''), rest: line };
}

/** An error in a field of another name, as `renderValue` writes it. */
function shownError(value: unknown): { readonly stack?: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, message, stack } = value as Readonly<Record<string, unknown>>;
  return typeof type === 'string' && typeof message === 'string' && typeof stack === 'string' ? { stack } : undefined;
}

function indented(stack: string): string {
  return stack
    .split('\n')
    .map((row) => `    ${visible(row)}`)
    .join('\n');
}

function show(value: unknown): string {
  if (typeof value === 'string' && /^[!#-<>-~]+$/.test(value)) return value;
  return renderValue(value, { bytes: Number.POSITIVE_INFINITY }) ?? '';
}

/** As JSON escapes it, but for the quote and the backslash. */
function visible(text: string): string {
  return jsonString(text)
    .slice(1, -1)
    .replace(/\\(["\\])/g, '$1');
}
