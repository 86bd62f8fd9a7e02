/**
 * The end by a module that does not compile. Only Node.js knows the place of the error, and prints it as it ends the
 * process.
 */

/** Whether no frame of the stack of `thrown` names its file: a syntax error of an ES module. */
export function hasNoSourceLocation(thrown: unknown): boolean {
  try {
    if (!(thrown instanceof SyntaxError)) return false;
    const frames = String(thrown.stack)
      .split('\n')
      .filter((line) => /^\s+at /.test(line));
    return frames.length > 0 && frames.every((frame) => /[ (]node:/.test(frame));
  } catch {
    return false;
  }
}

/**
 * Ends the process with 1, as an uncaught exception does: the file, the line and a mark below the place go to stderr.
 *
 * @param exit - ends the process if the exception is caught after all
 */
export function endUncaught(thrown: unknown, exit: () => void): void {
  // Outside of every promise: an error thrown in one is a rejection.
  setImmediate(() => {
    setImmediate(exit);
    release();
    throw thrown;
  });
}

/** Removes listeners that would catch: this process is over, and has logged why. */
function release(): void {
  process.removeAllListeners('uncaughtException');
  try {
    process.setUncaughtExceptionCaptureCallback(null);
  } catch {
    // The module `domain` keeps its own.
  }
}
