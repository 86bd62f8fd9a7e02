/** The sink of the noop instance: lines join the output of a test. */
import nodeConsole from 'node:console';
import { isMainThread } from 'node:worker_threads';
import { reportInternalError } from '@porthole/core/internal';
import type { LineRoom, LineSink } from './line-output.js';
import { createLineSink } from './line-sink.js';

/**
 * Makes a sink that writes each line at once by `process.stdout.write`, so that a replacement of that function sees it.
 * If a test runner has replaced the console, the lines go there: a runner keeps its own results apart from the console,
 * and not from the standard output. If both are those of Node.js, the line goes to the output itself, since their
 * writes would wait for a reader without a limit.
 */
export function createStdoutSink(): LineSink {
  const { write: writeAtFirst } = process.stdout;
  const output = createLineSink({ buffered: false });
  let droppedLines = 0;
  let room: LineRoom | undefined;

  function write(lines: string): void {
    try {
      writeLines(lines, writeAtFirst, output);
    } catch (error) {
      droppedLines += lines.split('\n').length - 1;
      reportInternalError('logger', error);
    }
  }

  return {
    write,
    reserve: (maxBytes) => {
      room = { buffer: Buffer.allocUnsafe(maxBytes), end: 0 };
      return room;
    },
    commit: (bytes) => write(room?.buffer.toString('utf8', 0, bytes) ?? ''),
    flush: () => true,
    drain: async () => {},
    get droppedLines() {
      return droppedLines + output.droppedLines;
    },
    pendingLines: 0,
    unreportedLines: 0,
    bufferedBytes: 0,
    writeThrough: () => {},
    close: () => {
      process.stdout.off('error', countFailure);
      output.close();
    },
  };
}

let isInConsole = false;

/** @param writeAtFirst - Jest has put a function of its own in place before; one that comes later is a spy */
function writeLines(lines: string, writeAtFirst: unknown, output: LineSink): void {
  const { stdout } = process;
  const { console } = globalThis;
  const isSpiedOn = stdout.write !== writeAtFirst || 'mock' in stdout.write;
  // A console may pass its text to this logger.
  if (console !== nodeConsole && !isSpiedOn && !isInConsole) {
    isInConsole = true;
    try {
      // Of its methods the one that tests look at least.
      console.debug('%s', lines.slice(0, -1));
    } finally {
      isInConsole = false;
    }
    return;
  }
  // The stream of a worker thread leads to the thread that started it.
  if (isMainThread && !Object.hasOwn(stdout, 'write')) {
    output.write(lines);
    return;
  }
  // A reader that has gone is an event, which would end the process; the console of Node.js ignores it, too.
  if (stdout.listenerCount('error') === 0) stdout.once('error', countFailure);
  stdout.write(lines);
}

function countFailure(error: unknown): void {
  reportInternalError('logger', error);
}
