/**
 * Lines on stderr that wait for no reader: `2>&1` on a terminal or a pipe that has stopped would hold up the end of the
 * process.
 */
import { fstatSync, writeSync } from 'node:fs';
import { type Output, openOutput, reportInternalError } from '@porthole/core/internal';

const STDOUT = 1;
const STDERR = 2;

let output: Output | undefined;
/** Whether the last line that was begun lacks its end. */
let isTorn = false;

/**
 * Writes a complete line, as far as stderr takes it at once. A line that does not fit is counted as an internal error.
 * Never throws.
 */
export function writeStderr(line: string): void {
  const bytes = Buffer.from(isTorn ? `\n${line}` : line);
  try {
    output ??= openOutput(STDERR);
    const written = writeSync(output.fd, bytes);
    isTorn = written < bytes.length;
    if (isTorn) throw new Error(`stderr took ${written} of ${bytes.length} bytes`);
  } catch (error) {
    reportInternalError('lifecycle', error);
  }
}

/**
 * If stdout and stderr are one file (`2>&1`), the next line begins a new one, because stdout may have ended within a
 * line.
 */
export function separateFromStdout(): void {
  try {
    const [out, err] = [fstatSync(STDOUT), fstatSync(STDERR)];
    isTorn ||= out.ino === err.ino && out.dev === err.dev;
  } catch {
    // One of them is closed: nothing to separate.
  }
}
