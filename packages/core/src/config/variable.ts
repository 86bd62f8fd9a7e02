/** One row of the table of settings. */
import type { PortholeOptions } from './config.js';
import type { ValueType } from './parse-value.js';

/** The sources of one setting. */
export interface Variable<T> {
  /** Environment variables of its own, the strongest first. */
  readonly names: readonly string[];
  /**
   * The key of `OTEL_RESOURCE_ATTRIBUTES` that stands below them; the setting's name if it has no variable of its own.
   */
  readonly resourceAttribute?: string;
  /** A variable of another vendor's that stands in for both. */
  readonly fallback?: string;
  /** The option that stands below all variables. */
  readonly option?: keyof PortholeOptions;
  readonly type: ValueType<T>;
  readonly defaultValue: T;
  /** Set if later sources add to a value instead of giving way. */
  readonly add?: (value: T, below: T) => T;
  /** The meaning of 0, in words for people. @defaultValue the number itself */
  readonly zero?: string;
  /** The value is never shown, in errors either. */
  readonly secret?: true;
}
