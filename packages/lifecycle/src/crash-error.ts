/** The cause of a crash, as an error that can be logged. */
import { inspected, isError } from '@porthole/core/internal';

/** `thrown` itself if it is an error, else an error that shows it. Never throws. */
export function crashError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const error = new Error(`the thrown value is not an error: ${inspected(thrown)}`);
  // Its stack would point here.
  error.stack = `Error: ${error.message}`;
  return error;
}
