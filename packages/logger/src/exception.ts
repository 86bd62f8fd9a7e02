/** Errors in log lines. */
import type { Exception } from '@porthole/core/internal';
import { jsonString } from './json-string.js';

/** The three members of a log line, each with a comma before it, in at most `maxBytes` bytes (at least 1024). */
export function exceptionMembers(exception: Exception, maxBytes: number): string {
  const head = `,"exception.type":${jsonString(exception.type, 256)},"exception.message":${jsonString(exception.message, maxBytes >> 2)}`;
  const stack = ',"exception.stacktrace":';
  return head + stack + jsonString(exception.stacktrace, maxBytes - Buffer.byteLength(head) - stack.length);
}
