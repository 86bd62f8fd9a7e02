/** Errors in log lines. */
import { type Exception, exceptionOfThrown } from '@porthole/core/internal';
import { jsonString } from './json-string.js';

/**
 * The members of a log line, each with a comma before it, in at most `maxBytes` bytes (at least 1024); a value without
 * a stack has no member for it.
 */
export function exceptionMembers(exception: Exception, maxBytes: number): string {
  const head = `,"exception.type":${jsonString(exception.type, 256)},"exception.message":${jsonString(exception.message, maxBytes >> 2)}`;
  if (exception.stacktrace === '') return head;
  const stack = ',"exception.stacktrace":';
  return head + stack + jsonString(exception.stacktrace, maxBytes - Buffer.byteLength(head) - stack.length);
}

/**
 * The same for the error of failed work, of any thrown value; empty if nothing was. To read an error may run code of
 * the application (getters, a `prepareStackTrace`), which may log: not while a line is being written.
 */
export function errorMembers(error: unknown, maxBytes: number): string {
  return error === undefined ? '' : exceptionMembers(exceptionOfThrown(error), maxBytes);
}
