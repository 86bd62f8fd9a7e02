/** Calls whose argument is not the client of a database. */
import { PortholeError } from '@porthole/core';

/** The code of the errors that this package throws. */
export type ClientErrorCode = 'PORTHOLE_CLIENT';

/**
 * Runs `use`, which is what `call` (its name) does with its argument; `expected` says what that may be.
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
