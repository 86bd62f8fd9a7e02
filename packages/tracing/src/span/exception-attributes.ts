/**
 * The thrown value as the attributes of an `exception` event
 * (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
 */
import { exceptionOfThrown } from '@porthole/core/internal';

/** The attributes of an `exception` event. */
export interface ExceptionAttributes {
  readonly 'exception.type': string;
  readonly 'exception.message': string;
  /** Missing if the thrown value has no stack. */
  readonly 'exception.stacktrace'?: string;
}

/** The attributes of anything that was thrown. Never throws. */
export function exceptionAttributes(thrown: unknown): ExceptionAttributes {
  const { type, message, stacktrace } = exceptionOfThrown(thrown);
  const attributes = { 'exception.type': type, 'exception.message': message };
  return stacktrace === '' ? attributes : { ...attributes, 'exception.stacktrace': stacktrace };
}
