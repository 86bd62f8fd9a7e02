/** Errors in log lines. */
import { type Exception, exceptionOf, isError } from '@porthole/core/internal';
import { jsonString } from './json-string.js';

/** The three members of a log line, each with a comma before it, in at most `maxBytes` bytes (at least 1024). */
export function exceptionMembers(exception: Exception, maxBytes: number): string {
  const head = `,"exception.type":${jsonString(exception.type, 256)},"exception.message":${jsonString(exception.message, maxBytes >> 2)}`;
  const stack = ',"exception.stacktrace":';
  return head + stack + jsonString(exception.stacktrace, maxBytes - Buffer.byteLength(head) - stack.length);
}

/**
 * The same of what work has failed with; empty where that is no error. To read an error may run code of the application (getters, a
 * `prepareStackTrace`), which may log: not while a line is being written.
 */
export function errorMembers(error: unknown, maxBytes: number): string {
  return error !== undefined && isError(error) ? exceptionMembers(exceptionOf(error), maxBytes) : '';
}
