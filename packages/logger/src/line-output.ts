/** The contract of an output for log lines. */

/** Options of `createLineSink`. */
export interface LineSinkOptions {
  /** The file descriptor to write to. @defaultValue 1, the standard output */
  readonly fd?: number;
  /** How much may wait for the reader; lines beyond it are dropped and counted. @defaultValue 8 MiB */
  readonly maxBufferedBytes?: number;
  /** How long a line waits for others to be written with. @defaultValue 20 */
  readonly flushIntervalMs?: number;
  /**
   * `false` writes each line at once, waiting for the reader for up to a second, and has no timers. @defaultValue true
   */
  readonly buffered?: boolean;
  /**
   * Makes the complete line that states how many lines were dropped; it is written when there is room again. See
   * `createDropNotice`. @defaultValue none: they are only counted
   */
  readonly describeDropped?: (count: number) => string;
}

/** The place for a line: `buffer`, from `end` on. */
export interface LineRoom {
  readonly buffer: Buffer;
  readonly end: number;
}

/** Takes lines. Nothing here throws. */
export interface LineSink {
  /** Takes complete lines, their line feeds included. */
  write(lines: string): void;
  /**
   * Room for one line of up to `maxBytes`, or undefined without room: then the line counts as dropped. Write it
   * there, its line feed included, and call `commit` before anything else.
   */
  reserve(maxBytes: number): LineRoom | undefined;
  /** Takes the line of `bytes` that has been written into the room of `reserve`. */
  commit(bytes: number): void;
  /**
   * Writes the waiting lines, and waits for the reader for `timeoutMs` at most, with the event loop stopped: for the
   * end of the process. Returns whether everything was written.
   *
   * @param stalledAfterMs - gives up earlier, if the reader has taken nothing for so long. @defaultValue `timeoutMs`
   */
  flush(timeoutMs: number, stalledAfterMs?: number): boolean;
  /**
   * Writes the waiting lines while the event loop runs, as soon as the reader has room. Resolves when nothing waits any
   * more, when the reader has taken nothing for a second, or when `signal` aborts; the rest goes on waiting. Never
   * rejects.
   */
  drain(signal?: AbortSignal): Promise<void>;
  /** Lines, counted by their line feeds, that did not reach the output. */
  readonly droppedLines: number;
  /**
   * Lines that wait to be written, one that is written in part among them. With `droppedLines` they are the lines that
   * are lost if the process ends now. Each read counts them anew.
   */
  readonly pendingLines: number;
  /**
   * Lines that are lost if the process ends now, and that no line in the output reports: those that wait, and dropped
   * ones whose notice has not been written.
   */
  readonly unreportedLines: number;
  /** Bytes that wait to be written. */
  readonly bufferedBytes: number;
  /**
   * From now on each line is written at once: no timer comes any more as the process exits. Waits for the reader for
   * `timeoutMs` over all lines at most, and no more once it has taken nothing for `stalledAfterMs`.
   */
  writeThrough(timeoutMs: number, stalledAfterMs: number): void;
  /** Writes as much as the output takes at once, counts the rest as dropped, and releases the output and the timer. */
  close(): void;
}
