/** A JSON line as people read it on a terminal. */
import { jsonString } from './json-string.js';
import { renderValue } from './render-value.js';

const HIDDEN: ReadonlySet<string> = new Set(['severity_number', 'service.name', 'span_id', 'trace_flags']);

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

/**
 * `HH:MM:SS.mmm LEVEL message  key=value …` with the stack indented below; times are UTC, as in the JSON. Control characters
 * stay escaped: what is logged must not steer the terminal.
 */
export function prettyLine(json: string, colour: boolean): string {
  const {
    timestamp,
    level,
    message = '',
    'exception.type': type,
    'exception.message': reason,
    'exception.stacktrace': stack,
    ...fields
  } = JSON.parse(json) as Readonly<Record<string, string>>;
  const paint = (text: string, code: number): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const name = paint(String(level).toUpperCase().padEnd(5), COLOUR_OF_LEVEL[String(level)] ?? GREY);
  let line = `${paint(String(timestamp).slice(11, 23), GREY)} ${name} ${visible(String(message))}`;
  const pairs = Object.entries(fields).filter(([key]) => !HIDDEN.has(key));
  if (pairs.length > 0)
    line += `  ${pairs.map(([key, value]) => `${paint(visible(key), GREY)}=${show(value)}`).join(' ')}`;
  const below = stack ?? (type === undefined ? undefined : `${type}: ${reason}`);
  if (below !== undefined) {
    for (const row of below.split('\n')) line += `\n    ${visible(row)}`;
  }
  return `${line}\n`;
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
