/** The sink of lines: a queue, its output, and the account of lost lines between them. */
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Output, openOutput, reportInternalError, runOutsideContext } from '@porthole/core/internal';
import { ByteQueue, LINE_FEED, PIECE_BYTES } from './byte-queue.js';
import { DroppedLines } from './dropped-lines.js';
import type { LineRoom, LineSink, LineSinkOptions } from './line-output.js';

/**
 * Bytes that do not wait for the timer: a piece that is nearly full. So it goes by one call, into a pipe that is empty
 * as a whole; with the first line of the next piece, that line would find the pipe full.
 */
const WRITE_AT_BYTES = PIECE_BYTES - 4096;

const UNBUFFERED_WAIT_MS = 1000;
const MAX_PAUSE_MS = 20;
/** While the sink is drained: a reader that takes 4 KiB a millisecond never finds the pipe empty. */
const DRAIN_RETRY_MS = 1;
/** A reader that takes nothing for so long has stopped: then the sink is no longer drained. */
const DRAIN_STALLED_AFTER_MS = 2000;

export class BufferedLineSink implements LineSink {
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
  /** If lines are written at once: how long to wait for the reader. */
  #through: { untilMs: number; readonly stalledAfterMs: number } | undefined;
  #writtenBytes = 0;
  /** Whether the last byte that was written ends no line. */
  #isMidLine = false;
  /** The backlog at which the next write does not wait for the timer. */
  #writeAtBytes = WRITE_AT_BYTES;
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

  get pendingLines(): number {
    return this.#countWaiting() - this.#dropped.waitingNotices;
  }

  get unreportedLines(): number {
    return this.pendingLines + this.#dropped.unreported;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes;
  }

  write(lines: string): void {
    if (!this.#makeRoom(lines.length * 3) && !this.#makeRoom(Buffer.byteLength(lines))) {
      this.#dropped.add(countLines(lines));
      return;
    }
    this.#beginLine();
    this.#queue.push(lines);
    this.#afterPush();
  }

  reserve(maxBytes: number): LineRoom | undefined {
    if (!this.#makeRoom(maxBytes)) {
      this.#dropped.add(1);
      return undefined;
    }
    this.#beginLine();
    return this.#queue.reserve(maxBytes);
  }

  commit(bytes: number): void {
    this.#queue.append(bytes);
    this.#afterPush();
  }

  flush(timeoutMs: number, stalledAfterMs: number = timeoutMs): boolean {
    const deadlineMs = performance.now() + timeoutMs;
    const droppedBefore = this.#dropped.total;
    let takenAtMs = performance.now();
    let pauseMs = 1;
    for (;;) {
      const before = this.#writtenBytes;
      if (this.#writeAll()) return this.#dropped.total === droppedBefore;
      const nowMs = performance.now();
      const hasTaken = this.#writtenBytes > before;
      if (hasTaken) takenAtMs = nowMs;
      const leftMs = Math.min(deadlineMs, takenAtMs + stalledAfterMs) - nowMs;
      if (leftMs <= 0) return false;
      pauseMs = hasTaken ? 1 : Math.min(pauseMs * 2, MAX_PAUSE_MS);
      pause(Math.min(pauseMs, leftMs));
    }
  }

  async drain(signal?: AbortSignal): Promise<void> {
    let takenAtMs = performance.now();
    while (signal?.aborted !== true) {
      const before = this.#writtenBytes;
      if (this.#writeAll()) return;
      const nowMs = performance.now();
      if (this.#writtenBytes > before) takenAtMs = nowMs;
      else if (nowMs - takenAtMs >= DRAIN_STALLED_AFTER_MS) return;
      await sleep(DRAIN_RETRY_MS);
    }
  }

  writeThrough(timeoutMs: number, stalledAfterMs: number): void {
    this.#through = { untilMs: performance.now() + timeoutMs, stalledAfterMs };
  }

  close(): void {
    if (this.#closed) return;
    this.flush(0);
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lose();
    this.#release();
  }

  #makeRoom(bytes: number): boolean {
    if (this.#hasRoomFor(bytes)) return true;
    // In one long synchronous run the timer never comes, and the reader may have room again.
    if (performance.now() >= this.#retryAtMs) this.#writeOut();
    return this.#hasRoomFor(bytes);
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#dropped.unstated > 0) this.#stateDropped();
    return !this.#closed && this.#dropped.unstated === 0 && bytes <= this.#maxBufferedBytes - this.#queue.bytes;
  }

  #afterPush(): void {
    if (!this.#buffered) {
      this.flush(UNBUFFERED_WAIT_MS);
      // An instance without `close` holds nothing: there is one for each file of a test run.
      this.#release();
    } else if (this.#through !== undefined) {
      const { untilMs, stalledAfterMs } = this.#through;
      if (!this.flush(Math.max(0, untilMs - performance.now()), stalledAfterMs)) this.#through.untilMs = 0;
    } else if (this.#queue.bytes >= this.#writeAtBytes) this.#writeOut();
    else this.#schedule(this.#flushIntervalMs);
  }

  /** Half of the buffer has to be free, lest a slow reader gets a notice for every few lines. */
  #stateDropped(): void {
    if (this.#closed || this.#queue.bytes > this.#maxBufferedBytes / 2) return;
    const count = this.#dropped.takeUnstated();
    if (this.#describeDropped === undefined) return;
    try {
      const notice = this.#describeDropped(count);
      this.#beginLine();
      this.#queue.push(notice);
      this.#dropped.addNotice(this.#writtenBytes + this.#queue.bytes, count);
    } catch (error) {
      reportInternalError('logger', error);
    }
  }

  /** A lost write may have left half a line behind. */
  #beginLine(): void {
    if (this.#isMidLine && this.#queue.bytes === 0) this.#queue.push('\n');
  }

  /**
   * Writes as much as the output takes, and then the notice of missing lines. Returns whether nothing waits any more.
   */
  #writeAll(): boolean {
    this.#writeOut();
    if (this.#queue.bytes > 0) return false;
    if (this.#dropped.unstated === 0) return true;
    this.#stateDropped();
    this.#writeOut();
    return this.#queue.bytes === 0;
  }

  /** Writes until nothing is left or the reader has no room. */
  #writeOut(): void {
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
          // A pipe without a reader cannot be opened for writes that do not wait. With the next reader it can.
          this.#release();
          break;
        }
      }
      if (written > 0) {
        this.#queue.shift(written);
        this.#writtenBytes += written;
        this.#retryMs = 1;
        this.#isMidLine = piece.buffer[piece.start - 1] !== LINE_FEED;
        this.#dropped.settle(this.#writtenBytes + this.#endsLeft());
      }
      // The output took as much as it had room for; to try the rest at once would cost an exception.
      if (piece.start < piece.end) {
        this.#waitForReader();
        return;
      }
    }
    this.#writeAtBytes = WRITE_AT_BYTES;
  }

  #waitForReader(): void {
    this.#writeAtBytes = this.#queue.bytes + PIECE_BYTES;
    this.#retryAtMs = performance.now() + this.#retryMs;
    this.#schedule(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, this.#flushIntervalMs);
  }

  /** Waiting lines will never be written. */
  #lose(): void {
    this.#dropped.lose(this.#countWaiting());
    this.#queue.clear();
  }

  #countWaiting(): number {
    return this.#queue.countLines() - this.#endsLeft();
  }

  /**
   * 1 if nothing but its line feed is left of a line: it has arrived. So has the half of one that a line feed is to
   * end, and is lost already.
   */
  #endsLeft(): number {
    const head = this.#queue.head();
    return this.#isMidLine && head?.buffer[head.start] === LINE_FEED ? 1 : 0;
  }

  #release(): void {
    try {
      this.#output?.close();
    } catch (error) {
      reportInternalError('logger', error);
    }
    this.#output = undefined;
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || !this.#buffered || this.#closed) return;
    // A timer keeps the context that it was made or refreshed in, and with it the request.
    this.#timer = runOutsideContext(() => setTimeout(this.#onTimer, delayMs));
    this.#timer.unref();
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.#writeAll();
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
