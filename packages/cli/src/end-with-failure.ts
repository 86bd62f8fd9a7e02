/** The end of a service that could not start. */
import { PortholeError } from '@porthole/core';
import { isWithoutPlace } from '@porthole/lifecycle';
import { EXIT_CODE } from './exit-code.js';
import { tell } from './output.js';

/**
 * Says on stderr why the service could not start, in one line where the error says all and with its stack where it does not,
 * and ends the process: through the crash handling where that is installed, so that the last lines of the log arrive.
 */
export async function endWithFailure(error: unknown): Promise<void> {
  process.exitCode = EXIT_CODE.failed;
  // What is without a place is left to Node.js, which says more of it as it ends the process.
  if (!isWithoutPlace(error)) {
    await tell(describe(error)).catch(() => {});
    // At once where no crash handling would: whatever has begun must not go on half started, and Node.js would say the same again.
    if (process.listenerCount('uncaughtException') === 0) process.exit();
  }
  // Outside of every promise: what is thrown here is an uncaught exception and not a rejection of this one.
  setImmediate(() => {
    throw error;
  });
}

function describe(error: unknown): string {
  if (PortholeError.is(error)) return `${error.message} (${error.code})`;
  return error instanceof Error ? (error.stack ?? String(error)) : `thrown: ${String(error)}`;
}
