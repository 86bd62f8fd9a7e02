/** The end of a service that could not start. */
import { PortholeError } from '@porthole/core';
import { hasNoSourceLocation } from '@porthole/lifecycle';
import { EXIT_CODE } from './exit-code.js';
import { printError } from './output.js';

/**
 * Ends the process and reports once why the service could not start. Crash handling that is installed logs it as fatal. Without any, stderr has
 * one line if the error says all, else its stack.
 */
export async function endWithFailure(error: unknown): Promise<void> {
  process.exitCode = EXIT_CODE.failed;
  // What is without a place is left to Node.js, which says more of it as it ends the process.
  if (!hasNoSourceLocation(error) && process.listenerCount('uncaughtException') === 0) {
    await printError(describe(error)).catch(() => {});
    // At once: whatever has begun must not go on half started, and Node.js would say the same again.
    process.exit();
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
