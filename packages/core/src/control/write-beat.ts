/** The app's side of its heartbeat: it writes it. Probes read it, see `heartbeat-file`. */
import { futimesSync, writeSync } from 'node:fs';
import { steadyMs } from './heartbeat-file.js';

/** Writes a beat into its file, which is open. One system call; never throws. */
export function writeBeat(file: number): void {
  try {
    // It never becomes shorter: a write replaces the whole contents.
    writeSync(file, `${steadyMs()}\n`, 0);
  } catch {
    const seconds = Date.now() / 1000;
    try {
      futimesSync(file, seconds, seconds);
    } catch {
      // A file system that is gone: the probe finds an old beat, and says so only where it gets no answer.
    }
  }
}
