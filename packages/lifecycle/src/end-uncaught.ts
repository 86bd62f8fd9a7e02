/** The end by a module that does not compile: where it is wrong, nobody can say but Node.js itself as it ends the process. */

/** Whether `thrown` says in no frame of its stack which file it is about: a syntax error of an ES module. */
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
 * Ends the process with 1, as an exception does that nobody catches: the file, the line and a mark below the place go to stderr.
 *
 * @param exit - what ends the process where somebody catches it all the same
 */
export function endUncaught(thrown: unknown, exit: () => void): void {
  // Outside of every promise: what is thrown in one is a rejection.
  setImmediate(() => {
    setImmediate(exit);
    release();
    throw thrown;
  });
}

/** Takes off whatever would catch: this process is over, and has logged why. */
function release(): void {
  process.removeAllListeners('uncaughtException');
  try {
    process.setUncaughtExceptionCaptureCallback(null);
  } catch {
    // The module `domain` keeps its own.
  }
}
