/** Where log lines leave the process: in batches, in order, and without ever waiting for a reader that does not read. */
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Output, openOutput, reportInternalError, runOutsideScope } from '@porthole/core/internal';
import { ByteQueue, PIECE_BYTES } from './byte-queue.js';
import { DroppedLines } from './dropped-lines.js';

/** Options of `createLineSink`. */
export interface LineSinkOptions {
  /** The file descriptor to write to. @defaultValue 1, the standard output */
  readonly fd?: number;
  /** How much may wait for the reader; lines beyond it are dropped and counted. @defaultValue 8 MiB */
  readonly maxBufferedBytes?: number;
  /** How long a line waits for others to be written with. @defaultValue 20 */
  readonly flushIntervalMs?: number;
  /** `false` writes each line at once, waiting for the reader for up to a second, and has no timers. @defaultValue true */
  readonly buffered?: boolean;
  /**
   * Makes the complete line that states how many lines were dropped; it is written when there is room again. See
   * `createDropNotice`. @defaultValue none: they are only counted
   */
  readonly describeDropped?: (count: number) => string;
}

/** Where a line is to be written: `buffer`, from `end` on. */
export interface LineRoom {
  readonly buffer: Buffer;
  readonly end: number;
}

/** Takes lines. Nothing here throws. */
export interface LineSink {
  /** Takes complete lines, their line feeds included. */
  write(lines: string): void;
  /**
   * Room for one line of up to `maxBytes`, or undefined where there is none: then the line counts as dropped. Write it there, its line
   * feed included, and call `commit` before anything else.
   */
  reserve(maxBytes: number): LineRoom | undefined;
  /** Takes the line of `bytes` that has been written where `reserve` said. */
  commit(bytes: number): void;
  /**
   * Writes what waits, and waits for the reader for `timeoutMs` at most, with the event loop stopped: for the end of the
   * process. Returns whether everything was written.
   */
  flush(timeoutMs: number): boolean;
  /** Lines, counted by their line feeds, that did not reach the output. */
  readonly droppedLines: number;
  /** Bytes that wait to be written. */
  readonly bufferedBytes: number;
  /** Writes what the output takes at once, counts the rest as dropped, and lets go of the output and the timer. */
  close(): void;
}

/** Makes a sink. Nothing is opened before the first line is written. */
export function createLineSink(options: LineSinkOptions = {}): LineSink {
  return new BufferedLineSink(options);
}

/**
 * What does not wait for the timer: a piece that is nearly full. So it goes by one call, into a pipe that is empty as a whole; with the
 * first line of the next piece, that line would find the pipe full.
 */
const DRAIN_AT_BYTES = PIECE_BYTES - 4096;

const UNBUFFERED_WAIT_MS = 1000;
const MAX_PAUSE_MS = 20;

class BufferedLineSink implements LineSink {
  readonly #fd: number;
  readonly #maxBufferedBytes: number;
  readonly #flushIntervalMs: number;
  readonly #buffered: boolean;
  readonly #describeDropped: ((count: number) => string) | undefined;
  readonly #queue = new ByteQueue();
  readonly #dropped = new DroppedLines();
  #output: Output | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #writtenBytes = 0;
  /** The backlog at which the next write does not wait for the timer. */
  #drainAtBytes = DRAIN_AT_BYTES;
  #retryMs = 1;
  #retryAtMs = 0;

  constructor(options: LineSinkOptions) {
    this.#fd = options.fd ?? 1;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? 8 * 1024 * 1024;
    this.#flushIntervalMs = options.flushIntervalMs ?? 20;
    this.#buffered = options.buffered ?? true;
    this.#describeDropped = options.describeDropped;
  }

  get droppedLines(): number {
    return this.#dropped.total;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes;
  }

  write(lines: string): void {
    if (!this.#makeRoom(lines.length * 3) && !this.#makeRoom(Buffer.byteLength(lines))) {
      this.#dropped.add(countLines(lines));
      return;
    }
    this.#queue.push(lines);
    this.#afterPush();
  }

  reserve(maxBytes: number): LineRoom | undefined {
    if (this.#makeRoom(maxBytes)) return this.#queue.reserve(maxBytes);
    this.#dropped.add(1);
    return undefined;
  }

  commit(bytes: number): void {
    this.#queue.append(bytes);
    this.#afterPush();
  }

  flush(timeoutMs: number): boolean {
    const deadline = performance.now() + timeoutMs;
    const droppedBefore = this.#dropped.total;
    let stated = false;
    let pauseMs = 1;
    for (;;) {
      const before = this.#queue.bytes;
      this.#drain();
      if (this.#queue.bytes === 0) {
        // Once only: where the output is broken, the notice is lost as well.
        if (stated || this.#dropped.unstated === 0) return this.#dropped.total === droppedBefore;
        stated = true;
        this.#stateDropped();
        continue;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      pauseMs = this.#queue.bytes < before ? 1 : Math.min(pauseMs * 2, MAX_PAUSE_MS);
      pause(Math.min(pauseMs, leftMs));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.flush(0);
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lose();
    try {
      this.#output?.close();
    } catch (error) {
      reportInternalError('logger', error);
    }
  }

  #makeRoom(bytes: number): boolean {
    if (this.#hasRoomFor(bytes)) return true;
    // In one long synchronous run the timer never comes, and the reader may have room again.
    if (performance.now() >= this.#retryAtMs) this.#drain();
    return this.#hasRoomFor(bytes);
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#dropped.unstated > 0) this.#stateDropped();
    return !this.#closed && this.#dropped.unstated === 0 && bytes <= this.#maxBufferedBytes - this.#queue.bytes;
  }

  #afterPush(): void {
    if (!this.#buffered) this.flush(UNBUFFERED_WAIT_MS);
    else if (this.#queue.bytes >= this.#drainAtBytes) this.#drain();
    else this.#schedule(this.#flushIntervalMs);
  }

  /** Half of the buffer has to be free, lest a slow reader gets a notice for every few lines. */
  #stateDropped(): void {
    if (this.#closed || this.#queue.bytes > this.#maxBufferedBytes / 2) return;
    const count = this.#dropped.takeUnstated();
    if (this.#describeDropped === undefined) return;
    try {
      this.#queue.push(this.#describeDropped(count));
      this.#dropped.addNotice(this.#writtenBytes + this.#queue.bytes, count);
    } catch (error) {
      reportInternalError('logger', error);
    }
  }

  /** Writes until nothing is left or the reader has no room. */
  #drain(): void {
    if (this.#queue.bytes === 0) return;
    this.#output ??= openOutput(this.#fd);
    for (let piece = this.#queue.head(); piece !== undefined; piece = this.#queue.head()) {
      let written = 0;
      try {
        written = writeSync(this.#output.fd, piece.buffer, piece.start, piece.end - piece.start);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
          reportInternalError('logger', error);
          this.#lose();
          break;
        }
      }
      if (written > 0) {
        this.#queue.shift(written);
        this.#writtenBytes += written;
        this.#retryMs = 1;
        this.#dropped.settle(this.#writtenBytes);
      }
      // The output took what it had room for; to try the rest at once would cost an exception.
      if (piece.start < piece.end) {
        this.#waitForReader();
        return;
      }
    }
    this.#drainAtBytes = DRAIN_AT_BYTES;
  }

  #waitForReader(): void {
    this.#drainAtBytes = this.#queue.bytes + PIECE_BYTES;
    this.#retryAtMs = performance.now() + this.#retryMs;
    this.#schedule(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, this.#flushIntervalMs);
  }

  /** What waits will never be written. */
  #lose(): void {
    this.#dropped.lose(this.#queue.countLines());
    this.#queue.clear();
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || !this.#buffered || this.#closed) return;
    // A timer keeps the context that it was made or refreshed in, and with it the request.
    this.#timer = runOutsideScope(() => setTimeout(this.#onTimer, delayMs));
    this.#timer.unref();
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.#drain();
    if (this.#dropped.unstated === 0 || this.#queue.bytes > 0) return;
    this.#stateDropped();
    this.#drain();
  };
}

const pauseCell = new Int32Array(new SharedArrayBuffer(4));

function pause(ms: number): void {
  Atomics.wait(pauseCell, 0, 0, ms);
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
