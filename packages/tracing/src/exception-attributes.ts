/** What was thrown as the attributes of an `exception` event (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/). */
import { exceptionOf, isError, messageOf } from '@porthole/core/internal';

/** The attributes of an `exception` event. */
export interface ExceptionAttributes {
  /** Missing where a text was thrown. */
  readonly 'exception.type'?: string;
  readonly 'exception.message': string;
  readonly 'exception.stacktrace'?: string;
}

/** The attributes of anything that was thrown. Never throws. */
export function exceptionAttributes(thrown: unknown): ExceptionAttributes {
  if (typeof thrown === 'string') return { 'exception.message': messageOf(thrown) };
  if (!isError(thrown)) return { 'exception.type': typeof thrown, 'exception.message': messageOf(thrown) };
  const { type, message, stacktrace } = exceptionOf(thrown);
  return { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stacktrace };
}
