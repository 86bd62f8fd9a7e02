/** An error as the attributes of an `exception` event (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/). */
import { types } from 'node:util';
import { messageOf } from '@porthole/core/internal';

/** The attributes of an `exception` event. */
export interface ExceptionAttributes {
  /** Missing where a text was thrown. */
  readonly 'exception.type'?: string;
  readonly 'exception.message': string;
  readonly 'exception.stacktrace'?: string;
}

/** Causes of causes that are followed: a cycle must end. */
const MAX_CAUSES = 5;

/** The attributes of anything that was thrown; errors may have getters that throw, hence never throws. */
export function exceptionAttributes(error: unknown): ExceptionAttributes {
  try {
    if (typeof error === 'string') return { 'exception.message': messageOf(error) };
    if (!isError(error)) return { 'exception.type': typeof error, 'exception.message': messageOf(error) };
    return {
      'exception.type': String(error.name),
      'exception.message': String(error.message),
      'exception.stacktrace': stackOf(error),
    };
  } catch {
    return { 'exception.type': 'unknown', 'exception.message': 'an error that cannot be shown' };
  }
}

/** Whether `error` is an `Error`, also one of another realm (`node:vm`, Jest). */
export function isError(error: unknown): error is Error {
  return types.isNativeError(error) || error instanceof Error;
}

function stackOf(error: Error): string {
  const stacks: string[] = [];
  let current: unknown = error;
  while (isError(current) && stacks.length <= MAX_CAUSES) {
    stacks.push(String(current.stack ?? `${current.name}: ${current.message}`));
    current = current.cause;
  }
  return stacks.join('\nCaused by: ');
}
