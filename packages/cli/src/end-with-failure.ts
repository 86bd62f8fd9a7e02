/** The end of a service that could not start. */
import { PortholeError } from '@porthole/core';
import { hasNoSourceLocation } from '@porthole/lifecycle';
import { EXIT_CODE } from './exit-code.js';
import { printError } from './output.js';

/**
 * Ends the process and reports once why the service could not start. Crash handling that is installed logs it as fatal.
 * Without crash handling, stderr has one line for a `PortholeError`, else the stack.
 */
export async function endWithFailure(error: unknown): Promise<void> {
  process.exitCode = EXIT_CODE.failed;
  // An error without a source location is left to Node.js: only its own report has the location, as of a syntax error.
  if (!hasNoSourceLocation(error) && process.listenerCount('uncaughtException') === 0) {
    await printError(describe(error)).catch(() => {});
    // At once: a half-started service must not go on, and Node.js would report the error again.
    process.exit();
  }
  // Outside of every promise: an error thrown here is an uncaught exception and not a rejection.
  setImmediate(() => {
    throw error;
  });
}

function describe(error: unknown): string {
  if (PortholeError.is(error)) return `${error.message} (${error.code})`;
  return error instanceof Error ? (error.stack ?? String(error)) : `thrown: ${String(error)}`;
}
