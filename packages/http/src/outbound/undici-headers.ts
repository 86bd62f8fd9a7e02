/** The headers of undici's request object, in the forms of its versions. */
import type { HeaderAccess } from '@porthole/core/internal';
import { valueOfLines, withoutLines } from './header-lines.js';

/** The fields of undici's request object for headers. */
export interface UndiciHeaders {
  /** One string of header lines up to undici 5; a flat list of names and values from 6 on. A value may be a list. */
  headers: string | (string | readonly string[])[];
  addHeader?(name: string, value: string): unknown;
}

/** Reads and changes headers. A second `addHeader` of an added name has no effect. */
export const UNDICI_HEADERS: HeaderAccess<UndiciHeaders> = { has, get, add, remove };

function has({ headers }: UndiciHeaders, name: string): boolean {
  if (typeof headers === 'string') return `\r\n${headers.toLowerCase()}`.includes(`\r\n${name}:`);
  if (!Array.isArray(headers)) return false;
  for (let i = 0; i < headers.length; i += 2) {
    const other = headers[i];
    // Most names are skipped by their length alone, without lower-casing them.
    if (typeof other === 'string' && other.length === name.length && other.toLowerCase() === name) return true;
  }
  return false;
}

function get({ headers }: UndiciHeaders, name: string): string | undefined {
  if (typeof headers === 'string') return valueOfLines(headers, name);
  const values = headers.flatMap((value, i) => (isValueOf(headers, i, name) ? value : []));
  return values.length === 0 ? undefined : values.join(',');
}

function remove(request: UndiciHeaders, name: string): void {
  const { headers } = request;
  if (typeof headers === 'string') request.headers = withoutLines(headers, name);
  else {
    for (let i = headers.length - 1; i > 0; i -= 2) if (isValueOf(headers, i, name)) headers.splice(i - 1, 2);
  }
}

/** Whether a value of the header `name` is at `index`. */
function isValueOf(headers: readonly unknown[], index: number, name: string): boolean {
  return index % 2 === 1 && String(headers[index - 1]).toLowerCase() === name;
}

function add(request: UndiciHeaders, name: string, value: string): void {
  if (typeof request.addHeader === 'function') {
    request.addHeader(name, value);
    addedNames.add(name);
    // On the object, not on undici's class: this concerns only requests that carry our context.
    if (request.addHeader !== addOnce) request.addHeader = addOnce;
  } else if (typeof request.headers === 'string') request.headers += `${name}: ${value}\r\n`;
  else if (Array.isArray(request.headers)) request.headers.push(name, value);
}

/** The header names of the propagators. */
const addedNames = new Set<string>();

/**
 * Replaces `addHeader` of a request that carries a context. Another instrumentation adds its own headers later without
 * a check. Of two `traceparent` headers neither is valid (Trace Context, section 3.2.1).
 */
function addOnce(this: UndiciHeaders, name: string, value: string): UndiciHeaders {
  const lowerCaseName = String(name).toLowerCase();
  if (!addedNames.has(lowerCaseName) || !has(this, lowerCaseName)) {
    (Object.getPrototypeOf(this) as Required<UndiciHeaders>).addHeader.call(this, name, value);
  }
  return this;
}
