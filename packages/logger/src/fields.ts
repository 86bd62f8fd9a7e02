/** From the fields that an application logs to the members of a line: flat, none twice, errors as `exception.*`. */

import { type Exception, exceptionOf, isError } from '@porthole/core/internal';
import { pino } from 'pino';
import { exceptionMembers } from './exception.js';
import { type ByteBudget, readKey, renderMember, unreadable } from './render-value.js';

/** One member of a line, ready to be written. */
export interface Member {
  readonly name: string;
  /** `"name":value` with a comma before it; for an exception, all three of its members. */
  readonly json: string;
}

/** The change of a value before it is rendered. */
export interface FieldRules {
  /** pino's serializers by key. */
  readonly serializers: Readonly<Record<string, unknown>>;
  /** Takes secrets out of a value; present if pino's `redact` option was given. */
  readonly redact?: (key: string, value: unknown) => unknown;
}

/** The error among the fields, under the key that holds it. */
interface FoundException {
  readonly key: string;
  readonly exception: Exception;
}

/** No serializers, nothing redacted. */
export const PLAIN_RULES: FieldRules = { serializers: {} };

/** The name of the one `Member` that an exception becomes. */
const EXCEPTION = 'exception.*';

const MAX_EXCEPTION_BYTES = 6144;

/** Marks that not all fields found room. */
const LEFT_OUT: Member = { name: '…', json: ',"…":true' };
const LEFT_OUT_BYTES = Buffer.byteLength(LEFT_OUT.json);

const RESERVED: ReadonlySet<string> = new Set([
  'timestamp',
  'level',
  'severity_number',
  'message',
  'service.name',
  'trace_id',
  'span_id',
  'trace_flags',
]);

const EXCEPTION_NAMES: ReadonlySet<string> = new Set([
  'exception.type',
  'exception.message',
  'exception.stacktrace',
  EXCEPTION,
]);

/** The error under `err`, else under `error`. Never throws. */
export function findException(source: object, rules: FieldRules): FoundException | undefined {
  for (const key of ['err', 'error']) {
    const value = readKey(source, key);
    if (typeof value !== 'object' || value === null) continue;
    const serializer = rules.serializers[key];
    // pino's own serializer does the same as `exceptionOf` does, and writes to the error while it does so.
    const own = serializer === undefined || serializer === pino.stdSerializers.err;
    const plain = own && rules.redact === undefined ? value : prepare(key, value, rules);
    if (isError(plain) || (isError(value) && isErrorLike(plain))) return { key, exception: exceptionOf(plain) };
  }
  return undefined;
}

/**
 * The members for the fields of `source` within `budget`, the exception last; `omit` names a field that is not one.
 * Never throws.
 */
export function renderFields(
  source: object,
  found: FoundException | undefined,
  omit: string | undefined,
  rules: FieldRules,
  budget: ByteBudget,
): Member[] {
  budget.bytes -= LEFT_OUT_BYTES;
  const exceptionMember = found === undefined ? undefined : renderException(found.exception, budget);
  const members: Member[] = [];
  let complete = true;
  for (const key of keysOf(source)) {
    if (key === found?.key || key === omit) continue;
    const name = fieldName(key, found !== undefined);
    const json = renderMember(name, prepare(key, readKey(source, key), rules), budget);
    if (json === undefined) complete = false;
    else if (json !== '') members.push({ name, json });
  }
  if (!complete) members.push(LEFT_OUT);
  if (exceptionMember !== undefined) members.push(exceptionMember);
  return members;
}

/** Whether a member that a line inherits gives way to `member`. */
export function replaces(member: Member, inherited: Member): boolean {
  if (member.name === inherited.name) return true;
  if (member.name === EXCEPTION) return EXCEPTION_NAMES.has(inherited.name);
  return inherited.name === EXCEPTION && EXCEPTION_NAMES.has(member.name);
}

/** Rendered first, so that no large field can push the error out of the line. */
function renderException(exception: Exception, budget: ByteBudget): Member {
  const json = exceptionMembers(exception, Math.max(1024, Math.min(MAX_EXCEPTION_BYTES, budget.bytes)));
  budget.bytes -= Buffer.byteLength(json);
  return { name: EXCEPTION, json };
}

/**
 * The name of a field in the line: names that the schema has for itself go under `fields.`, and so do those that this
 * would make twice (`fields.level` beside `level`).
 */
function fieldName(key: string, hasException: boolean): string {
  let bare = key;
  while (bare.startsWith('fields.')) bare = bare.slice('fields.'.length);
  const taken = RESERVED.has(bare) || bare === LEFT_OUT.name || (hasException && EXCEPTION_NAMES.has(bare));
  return taken ? `fields.${key}` : key;
}

function prepare(key: string, value: unknown, { serializers, redact }: FieldRules): unknown {
  const serializer = serializers[key];
  if (value === undefined || (typeof serializer !== 'function' && redact === undefined)) return value;
  try {
    const serialized = typeof serializer === 'function' ? (serializer(value) as unknown) : value;
    return redact === undefined ? serialized : redact(key, serialized);
  } catch (error) {
    return unreadable(error);
  }
}

function isErrorLike(value: unknown): value is object {
  return typeof value === 'object' && value !== null && typeof readKey(value, 'message') === 'string';
}

function keysOf(source: object): readonly string[] {
  try {
    return Object.keys(source);
  } catch (error) {
    unreadable(error);
    return [];
  }
}

/** How many bytes the members take together. */
export function sizeOf(members: readonly Member[]): number {
  let bytes = 0;
  for (const { json } of members) bytes += Buffer.byteLength(json);
  return bytes;
}
