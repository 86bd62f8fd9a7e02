/**
 * Any value as JSON: cycles, throwing getters, proxies and other values that an application may log. A value that
 * cannot be shown is named in its place, so that the rest of the line arrives.
 */
import { types } from 'node:util';
import { exceptionOf, isError, messageOf, reportInternalError } from '@porthole/core/internal';
import { jsonString } from './json-string.js';

/** The bytes that a line may still take; rendering spends them and leaves out the rest. */
export interface ByteBudget {
  bytes: number;
}

const MAX_DEPTH = 8;
const MAX_KEY_CHARACTERS = 256;
/** Below this nothing is begun: every token, cut if need be, and the mark of left-out parts fit into it. */
const MIN_BYTES = 64;
const CONTAINER_BYTES = 16;
const UNREADABLE_BYTES = 280;
/** The room that one large field leaves to later ones. */
const SPARED_BYTES = 2048;

/** `value` as JSON within `budget`, or `undefined` if JSON has no form for it (functions, symbols). Never throws. */
export function renderValue(value: unknown, budget: ByteBudget, ancestors: object[] = []): string | undefined {
  switch (typeof value) {
    case 'string':
      return spend(jsonString(value, Math.max(5, budget.bytes)), budget);
    case 'number':
      return spend(Number.isFinite(value) ? String(value) : 'null', budget);
    case 'boolean':
      return spend(String(value), budget);
    case 'bigint':
      return spend(jsonString(value.toString(), budget.bytes), budget);
    case 'object':
      return value === null ? spend('null', budget) : renderObject(value, budget, ancestors);
    default:
      return undefined;
  }
}

/**
 * `"name":value` with a comma before it; empty without a value, `undefined` if the room does not suffice.
 */
export function renderMember(
  name: string,
  value: unknown,
  budget: ByteBudget,
  ancestors: object[] = [],
): string | undefined {
  if (budget.bytes < MIN_BYTES || name.length > MAX_KEY_CHARACTERS) return undefined;
  const key = `,${jsonString(name)}:`;
  const keyBytes = Buffer.byteLength(key);
  if (budget.bytes - keyBytes < MIN_BYTES / 2) return undefined;
  const spared = ancestors.length === 0 && budget.bytes > 2 * SPARED_BYTES ? SPARED_BYTES : 0;
  budget.bytes -= keyBytes + spared;
  const json = renderValue(value, budget, ancestors);
  budget.bytes += json === undefined ? keyBytes + spared : spared;
  return json === undefined ? '' : key + json;
}

/** `source[key]`; a text with the reason if it cannot be read. Never throws. */
export function readKey(source: object, key: string): unknown {
  try {
    return (source as Readonly<Record<string, unknown>>)[key];
  } catch (error) {
    return unreadable(error);
  }
}

/** Counts the thrown value, and returns the text to show instead. */
export function unreadable(error: unknown): string {
  reportInternalError('logger', error);
  return `[unreadable: ${messageOf(error)}]`;
}

function renderObject(value: object, budget: ByteBudget, ancestors: object[]): string | undefined {
  const { bytes } = budget;
  const depth = ancestors.length;
  if (ancestors.includes(value)) return spend('"[Circular]"', budget);
  try {
    if (depth >= MAX_DEPTH || bytes < MIN_BYTES)
      return spend(Array.isArray(value) ? '"[Array]"' : '"[Object]"', budget);
    ancestors.push(value);
    return renderForm(value, budget, ancestors);
  } catch (error) {
    // Text that was rendered until the throw is not part of the line.
    budget.bytes = bytes;
    return spend(jsonString(unreadable(error), Math.max(5, Math.min(bytes, UNREADABLE_BYTES))), budget);
  } finally {
    ancestors.length = depth;
  }
}

function renderForm(value: object, budget: ByteBudget, ancestors: object[]): string | undefined {
  if (isError(value)) {
    const { type, message, stacktrace } = exceptionOf(value);
    return renderRecord(Object.entries({ type, message, stack: stacktrace }), budget, ancestors);
  }
  // Bytes are of little use in a line and may hold anything.
  if (ArrayBuffer.isView(value)) {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return spend(jsonString(`[${name}: ${value.byteLength} bytes]`, budget.bytes), budget);
  }
  if (types.isMap(value)) return renderMap(value, budget, ancestors);
  if (types.isSet(value)) return renderList(Set.prototype.values.call(value), budget, ancestors);
  const plain = toPlain(value);
  if (typeof plain !== 'object' || plain === null) return renderValue(plain, budget, ancestors);
  if (Array.isArray(plain)) return renderList(elementsOf(plain), budget, ancestors);
  return renderRecord(membersOf(plain), budget, ancestors);
}

/** The value that `JSON.stringify` would take instead of `value`. */
function toPlain(value: object): unknown {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return toJSON.call(value, '') as unknown;
  return types.isBoxedPrimitive(value) ? value.valueOf() : value;
}

function renderMap(map: Map<unknown, unknown>, budget: ByteBudget, ancestors: object[]): string {
  for (const key of Map.prototype.keys.call(map)) {
    // Only strings are sure to stay different as names of members.
    if (typeof key !== 'string') return renderList(Map.prototype.entries.call(map), budget, ancestors);
  }
  return renderRecord(Map.prototype.entries.call(map) as Iterable<[string, unknown]>, budget, ancestors);
}

function renderList(values: Iterable<unknown>, budget: ByteBudget, ancestors: object[]): string {
  budget.bytes -= CONTAINER_BYTES;
  let json = '';
  for (const value of values) {
    if (budget.bytes < MIN_BYTES) {
      json += ',"…"';
      break;
    }
    json += `,${renderValue(value, budget, ancestors) ?? spend('null', budget)}`;
    budget.bytes -= 1;
  }
  return `[${json.slice(1)}]`;
}

function renderRecord(members: Iterable<[string, unknown]>, budget: ByteBudget, ancestors: object[]): string {
  budget.bytes -= CONTAINER_BYTES;
  let json = '';
  let complete = true;
  for (const [name, value] of members) {
    const member = renderMember(name, value, budget, ancestors);
    if (member !== undefined) json += member;
    else complete = false;
    if (!complete && budget.bytes < MIN_BYTES) break;
  }
  if (!complete) json += ',"…":true';
  return `{${json.slice(1)}}`;
}

function* elementsOf(array: readonly unknown[]): Iterable<unknown> {
  for (let i = 0; i < array.length; i++) yield array[i];
}

function* membersOf(value: object): Iterable<[string, unknown]> {
  for (const key of Object.keys(value)) yield [key, readKey(value, key)];
}

function spend(json: string, budget: ByteBudget): string {
  budget.bytes -= Buffer.byteLength(json);
  return json;
}
