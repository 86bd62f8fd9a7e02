/** Rejects arguments that are not a database client. */
import { PortholeError } from '@porthole/core';

/** The code of the errors that this package throws. */
export type ClientErrorCode = 'PORTHOLE_CLIENT';

/**
 * Runs `use`, the work of the function named `call`. `expected` describes its argument in the error.
 *
 * @throws PortholeError `PORTHOLE_CLIENT` if `use` throws.
 */
export function rejectWrongClient<T>(call: string, expected: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new PortholeError<ClientErrorCode>(`${call}: expected ${expected}`, {
      code: 'PORTHOLE_CLIENT',
      cause,
    });
  }
}
