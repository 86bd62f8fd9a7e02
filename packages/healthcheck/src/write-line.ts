/**
 * The output of the probe, written at once: the streams of `process.stdout` and `process.stderr` cost more than the
 * question.
 */
import { writeSync } from 'node:fs';

const STDOUT = 1;
const STDERR = 2;

/**
 * How often, and how long each time, a reader that is slow is waited for: Docker and the kubelet are quick, and the
 * exit code is the result.
 */
const TRIES = 20;
const WAIT_MS = 5;

/** Writes the result. */
export function print(line: string): void {
  write(STDOUT, line);
}

/** Writes a line that is not a result. */
export function printError(line: string): void {
  write(STDERR, line);
}

/**
 * A line that cannot be written is lost: a reader that is gone or a disk that is full does not change the exit code.
 */
function write(descriptor: number, line: string): void {
  let rest: Uint8Array = Buffer.from(`${line}\n`);
  for (let tries = 0; rest.length > 0 && tries < TRIES; ) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      tries++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}
