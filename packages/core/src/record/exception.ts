/**
 * The description of an error, in the terms of OpenTelemetry's semantic conventions for exceptions
 * (https://opentelemetry.io/docs/specs/semconv/exceptions/): the same in lines, spans and labels.
 */
import { inspect, types } from 'node:util';
import { messageOf } from '../internal-errors.js';

/** `exception.type`, `exception.message` and `exception.stacktrace`. */
export interface Exception {
  /** The error's name, or its class if the name is only `Error`. */
  readonly type: string;
  readonly message: string;
  /** The stack, then those of its causes, each after `caused by: `. */
  readonly stacktrace: string;
}

const MAX_CAUSE_DEPTH = 5;
const MAX_CAUSES_OF_ONE = 4;
const MAX_STACK_CHARACTERS = 8192;

/** Whether `value` is an error, also one of another realm (Jest gives each test file its own). Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/**
 * The description of an error, or of an object in the shape that pino's serializers give to one. Never
 * throws.
 */
export function exceptionOf(error: object): Exception {
  return { type: typeOf(error), message: readText(error, 'message'), stacktrace: stacktraceOf(error, 0, new Set()) };
}

/**
 * The same of anything that was thrown. A value that is not an error has its `typeof` as its type. Its message is its
 * own `message`, or its form by `inspect`. It has a stack only if it brings one. Never throws.
 */
export function exceptionOfThrown(thrown: unknown): Exception {
  if (isError(thrown)) return exceptionOf(thrown);
  return {
    type: errorTypeOf(thrown),
    message: typeof thrown === 'string' ? thrown : readText(thrown, 'message') || inspected(thrown),
    stacktrace: readText(thrown, 'stack'),
  };
}

/**
 * An error that stands for a value or an event: it has a name of its own, and no stack, which would point at its
 * making.
 */
export function errorWithoutStack(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = '';
  return error;
}

const MAX_INSPECTED_CHARACTERS = 200;

/** The text of `inspect` for a value, in one line of at most 200 characters. Never throws. */
export function inspected(value: unknown): string {
  try {
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, MAX_INSPECTED_CHARACTERS);
  } catch {
    return messageOf(value);
  }
}

/**
 * `error.type` of anything that can be thrown: as `exceptionOf` has it, or `string` and the like for a value that is
 * not an error. Never throws.
 */
export function errorTypeOf(thrown: unknown): string {
  return isError(thrown) ? typeOf(thrown) : typeof thrown;
}

/**
 * A class that extends `Error` has that name, too, unless it sets one; a minifier leaves a letter of its class, unless
 * its settings keep names.
 */
function typeOf(error: object): string {
  // An error may have a `type` of its own that means something else; the result of a serializer has the name there.
  const name = (isError(error) ? '' : readText(error, 'type')) || readText(error, 'name');
  if (name !== '' && name !== 'Error') return name;
  return readText(read(error, 'constructor'), 'name') || 'Error';
}

function stacktraceOf(error: object, depth: number, seen: ReadonlySet<object>): string {
  const path = new Set(seen).add(error);
  let text = (readText(error, 'stack') || `${typeOf(error)}: ${readText(error, 'message')}`).slice(
    0,
    MAX_STACK_CHARACTERS,
  );
  for (const cause of causesOf(error)) {
    const isEnough = depth === MAX_CAUSE_DEPTH || text.length > MAX_STACK_CHARACTERS * 2 || path.has(cause as object);
    if (isEnough) text += '\ncaused by: …';
    else text += `\ncaused by: ${isError(cause) ? stacktraceOf(cause, depth + 1, path) : messageOf(cause)}`;
  }
  return text;
}

/**
 * The `cause`, and the errors of an `AggregateError`: Node.js gives the one for a refused connection no message of its
 * own.
 */
function causesOf(error: object): unknown[] {
  const cause = read(error, 'cause');
  const errors = read(error, 'errors');
  const causes = cause === undefined || cause === null ? [] : [cause];
  try {
    if (Array.isArray(errors)) causes.push(...errors.slice(0, MAX_CAUSES_OF_ONE).filter(isError));
  } catch {
    // An array that cannot be read has no causes to tell.
  }
  return causes;
}

function readText(source: unknown, key: string): string {
  const value = read(source, key);
  return typeof value === 'string' ? value : '';
}

function read(source: unknown, key: string): unknown {
  try {
    return (source as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}
