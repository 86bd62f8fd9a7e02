/** The end of the process that nothing can prevent. */
import { reportInternalError } from '@porthole/core/internal';
import { plainLog } from './plain-log.js';

/** How long a `process.exit` that the application has replaced may take. */
const MAX_EXIT_MS = 250;

/** `process.reallyExit`, which Node.js itself calls after the listeners of `exit`. */
interface ReallyExit {
  readonly reallyExit?: (code: number) => void;
}

/**
 * Ends the process with `code`, even if a listener of `exit` throws or `process.exit` has been replaced and does not
 * end it.
 */
export function exitProcess(code: number): void {
  setTimeout(() => endNow(code), MAX_EXIT_MS);
  try {
    process.exit(code);
  } catch (err) {
    reportInternalError('lifecycle', err);
    plainLog.error({ err }, `a listener of exit threw: the process exits with ${code}`);
    endNow(code);
  }
}

function endNow(code: number): void {
  try {
    // A second call runs no listeners.
    process.exit(code);
  } catch {
    // `signal-exit` and others run hooks in here, too.
  }
  try {
    (process as ReallyExit).reallyExit?.(code);
  } finally {
    process.abort();
  }
}
