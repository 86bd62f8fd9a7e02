/** A call with something else than the client of a database. */
import { PortholeError } from '@porthole/core';

/** The code of the errors that this package throws. */
export type ClientErrorCode = 'PORTHOLE_CLIENT';

/**
 * Runs what `call` (its name) does with the client that it was given; `expected` says which that may be.
 * @throws PortholeError `PORTHOLE_CLIENT` if that cannot be done, since it is none.
 */
export function withClient<T>(call: string, expected: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new PortholeError<ClientErrorCode>(`${call} was called with something else than ${expected}`, {
      code: 'PORTHOLE_CLIENT',
      cause,
    });
  }
}
