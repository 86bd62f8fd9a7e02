/** The one error class of the family. */

const BRAND = Symbol.for('porthole.error');

/** The members of a `PortholeError` beside its message. */
export interface PortholeErrorOptions<Code extends string> {
  /** Machine-readable, starts with `PORTHOLE_`; each package documents its own. */
  readonly code: Code;
  /** The error underneath, if there is one. */
  readonly cause?: unknown;
}

/**
 * An error that Porthole throws at its caller or rejects with. The message has the mistake, the value, the allowed
 * values and the remedy.
 */
export class PortholeError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(message: string, options: PortholeErrorOptions<Code>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PortholeError';
    this.code = options.code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /**
   * Whether `value` is a `PortholeError` of any copy of this package in the process (`instanceof` knows only its own).
   */
  static is(value: unknown): value is PortholeError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
