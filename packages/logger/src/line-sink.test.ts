import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activeRecord, internalErrors, runInContext, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { LineSink, LineSinkOptions } from './line-output.js';
import { createLineSink } from './line-sink.js';

const folder = mkdtempSync(join(tmpdir(), 'porthole-sink-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A named pipe whose two ends are both ours. */
interface Pipe {
  readonly writeFd: number;
  /** Takes up to `maxBytes` out, as text; empty where there is nothing. */
  read(maxBytes: number): string;
  closeReader(): void;
  /** Another reader comes; it finds what the one before has left. */
  openReader(): void;
  close(): void;
}

function createPipe(): Pipe {
  const path = join(folder, `pipe-${files++}`);
  execFileSync('mkfifo', [path]);
  const openEnd = (): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let readFd = openEnd();
  const writeFd = openSync(path, 'w');
  let reading = true;
  const closeReader = (): void => {
    if (reading) closeSync(readFd);
    reading = false;
  };
  return {
    writeFd,
    closeReader,
    openReader: () => {
      if (!reading) readFd = openEnd();
      reading = true;
    },
    read: (maxBytes) => {
      try {
        const bytes = Buffer.alloc(maxBytes);
        return bytes.toString('latin1', 0, readSync(readFd, bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
        throw error;
      }
    },
    close: () => {
      closeReader();
      closeSync(writeFd);
    },
  };
}

function withPipe(options: LineSinkOptions, body: (sink: LineSink, pipe: Pipe) => void): void {
  const pipe = createPipe();
  const sink = createLineSink({ ...options, fd: pipe.writeFd });
  try {
    body(sink, pipe);
  } finally {
    sink.close();
    pipe.close();
  }
}

function withFile(options: LineSinkOptions, body: (sink: LineSink, text: () => string) => unknown): unknown {
  const path = join(folder, `file-${files++}`);
  return body(createLineSink({ ...options, fd: openSync(path, 'w') }), () => readFileSync(path, 'utf8'));
}

/** Does what `write` does. */
function writeInPlace(sink: LineSink, line: string): void {
  const room = sink.reserve(Buffer.byteLength(line));
  if (room !== undefined) sink.commit(room.buffer.write(line, room.end));
}

/** Reads and flushes by turns until everything is out. */
function drain(sink: LineSink, pipe: Pipe): string {
  let text = '';
  while (!sink.flush(0)) text += pipe.read(100_000);
  for (let part = pipe.read(100_000); part !== ''; part = pipe.read(100_000)) text += part;
  return text;
}

/**
 * The lines that have arrived, and those of which a notice says that they have not; what is torn stands on a line of
 * its own.
 */
function account(text: string): { readonly arrived: number; readonly stated: number } {
  let [arrived, stated, expected] = [0, 0, 0];
  for (const line of text.split('\n')) {
    const [, dropped, number] = /^(?:dropped (\d+)|line (\d+) x+)\.$/.exec(line) ?? [];
    if (dropped !== undefined) stated += Number(dropped);
    else if (number === undefined) expect(line).not.toContain('.');
    else {
      arrived += 1;
      expect(Number(number)).toBeGreaterThanOrEqual(expected);
      expected = Number(number) + 1;
    }
  }
  return { arrived, stated };
}

describe('a sink onto a file', () => {
  test('holds lines back until it is flushed', () =>
    withFile({ flushIntervalMs: 1_000_000 }, (sink, text) => {
      sink.write('one\n');
      sink.write('zwö\n');
      expect(text()).toBe('');
      expect(sink.bufferedBytes).toBe(9);
      expect(sink.flush(0)).toBe(true);
      expect(text()).toBe('one\nzwö\n');
      expect(sink.bufferedBytes).toBe(0);
    }));

  test('writes by itself after a while, and at once when much has come together', () =>
    withFile({ flushIntervalMs: 1 }, async (sink, text) => {
      sink.write('later\n');
      await vi.waitFor(() => expect(text()).toBe('later\n'));
      const line = `${'x'.repeat(999)}\n`;
      for (let i = 0; i < 70; i++) sink.write(line);
      expect(text().length).toBeGreaterThanOrEqual(60 * 1024);
    }));

  test('writes each line at once where it is not buffered', () =>
    withFile({ buffered: false }, (sink, text) => {
      sink.write('one\n');
      expect(text()).toBe('one\n');
    }));

  test('takes any text, also lines larger than its pieces', () => {
    const line = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => `${text.replaceAll('\n', '')}\n`);
    const huge = fc.integer({ min: 60_000, max: 200_000 }).map((length) => `${'ö'.repeat(length)}\n`);
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 20, arbitrary: line }, huge)), fc.boolean(), (lines, inPlace) => {
        withFile({}, (sink, text) => {
          for (const [index, each] of lines.entries()) {
            if (inPlace) sink.reserve(each.length);
            if (inPlace && index % 2 === 0) writeInPlace(sink, each);
            else sink.write(each);
          }
          expect(sink.flush(0)).toBe(true);
          expect(text()).toBe(lines.join(''));
          sink.close();
        });
      }),
      { numRuns: 30 },
    );
  });

  test('runs its timer outside of the work that has written a line, the first time and later', () => {
    const seen: unknown[] = [];
    const describeDropped = (): string => {
      seen.push(activeRecord());
      return 'dropped\n';
    };
    return withFile({ flushIntervalMs: 1, maxBufferedBytes: 100, describeDropped }, async (sink) => {
      for (let i = 1; i <= 2; i++) {
        runInContext(new WorkRecord('internal', 'job', undefined), () => {
          sink.write('line\n');
          // Does not fit: the timer writes that it was dropped.
          sink.write(`${'x'.repeat(200)}\n`);
        });
        await vi.waitFor(() => expect(seen).toHaveLength(i));
      }
      expect(seen).toEqual([undefined, undefined]);
    });
  });

  test('takes nothing after it is closed, and counts it', () =>
    withFile({}, (sink, text) => {
      sink.write('in time\n');
      sink.close();
      sink.close();
      sink.write('too late\n');
      expect(text()).toBe('in time\n');
      expect(sink.droppedLines).toBe(1);
    }));
});

describe('a sink onto a pipe that nobody reads', () => {
  test('writes a full piece by one call, before the next line would find an empty pipe full', () =>
    withPipe({ flushIntervalMs: 1_000_000 }, (sink, pipe) => {
      const line = `${'x'.repeat(499)}\n`;
      let waiting = 0;
      let lines = 0;
      for (; sink.bufferedBytes >= waiting; lines++) {
        waiting = sink.bufferedBytes;
        sink.write(line);
      }
      expect(sink.bufferedBytes).toBe(0);
      expect(lines * line.length).toBeGreaterThan(60_000);
      expect(pipe.read(100_000)).toBe(line.repeat(lines));
    }));

  test('neither waits nor loses anything below its limit', () => {
    withPipe({}, (sink, pipe) => {
      const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'x'.repeat(100)}\n`);
      for (const line of lines) sink.write(line);
      expect(sink.flush(30)).toBe(false);
      expect(sink.bufferedBytes).toBeGreaterThan(400_000);
      expect(drain(sink, pipe) === lines.join('')).toBe(true);
      expect(sink.droppedLines).toBe(0);
    });
  });

  test('drops whole lines above its limit and states their number when there is room', () => {
    const describeDropped = (count: number): string => `dropped ${count}\n`;
    withPipe({ maxBufferedBytes: 10_000, describeDropped }, (sink, pipe) => {
      const line = `${'x'.repeat(999)}\n`;
      for (let i = 0; i < 200; i++) sink.write(line);
      expect(sink.bufferedBytes).toBeLessThanOrEqual(10_000);
      const dropped = sink.droppedLines;
      expect(dropped).toBeGreaterThan(100);
      // Compared first: a difference would print it all.
      const expected = `${line.repeat(200 - dropped)}dropped ${dropped}\n`;
      expect(drain(sink, pipe) === expected).toBe(true);
    });
  });

  test('recovers within one synchronous run, where no timer comes', () => {
    withPipe({ maxBufferedBytes: 10_000 }, (sink, pipe) => {
      while (sink.droppedLines === 0) sink.write('x\n'.padStart(1000));
      const { droppedLines } = sink;
      const deadline = Date.now() + 10_000;
      let read = '';
      while (!read.includes('recovered') && Date.now() < deadline) {
        sink.write('recovered\n');
        read += pipe.read(100_000);
      }
      expect(read).toContain('recovered');
      expect(sink.droppedLines).toBeGreaterThanOrEqual(droppedLines);
    });
  });

  test.each([
    ['drain, after a while in which nothing was taken', (sink: LineSink) => sink.drain()],
    ['drain, when it is aborted', (sink: LineSink) => sink.drain(AbortSignal.abort())],
    ['flush, after a while in which nothing was taken', async (sink: LineSink) => sink.flush(1_000_000, 20)],
  ])('is given up by %s, and what waits is counted and goes on waiting', async (_, wait) => {
    const pipe = createPipe();
    const sink = createLineSink({ fd: pipe.writeFd, flushIntervalMs: 1_000_000 });
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${i} ${'x'.repeat(200)}.\n`);
    for (const line of lines) sink.write(line);
    await wait(sink);
    const text = pipe.read(100_000);
    expect(sink.pendingLines).toBeGreaterThan(100);
    expect(account(text).arrived + sink.pendingLines).toBe(1000);
    expect(text + drain(sink, pipe) === lines.join('')).toBe(true);
    expect(sink.droppedLines + sink.pendingLines).toBe(0);
    sink.close();
    pipe.close();
  });

  test('is drained as soon as it is read, with the notice of what was dropped', async () => {
    const pipe = createPipe();
    const describeDropped = (count: number): string => `dropped ${count}.\n`;
    const sink = createLineSink({
      fd: pipe.writeFd,
      flushIntervalMs: 1_000_000,
      maxBufferedBytes: 100_000,
      describeDropped,
    });
    for (let i = 0; i < 1000; i++) sink.write(`line ${i} ${'x'.repeat(200)}.\n`);
    let text = '';
    const reading = setInterval(() => {
      text += pipe.read(4096);
    }, 1);
    await sink.drain(AbortSignal.timeout(15_000));
    clearInterval(reading);
    text += pipe.read(100_000);
    const { arrived, stated } = account(text);
    expect(stated).toBe(sink.droppedLines);
    expect(arrived + stated).toBe(1000);
    expect(sink.pendingLines).toBe(0);
    sink.close();
    pipe.close();
  });

  test('counts at its close what it could not write', () => {
    const pipe = createPipe();
    const sink = createLineSink({ fd: pipe.writeFd });
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 1000; i++) sink.write(line);
    sink.close();
    let read = '';
    for (let part = pipe.read(100_000); part !== ''; part = pipe.read(100_000)) read += part;
    expect(Math.floor(read.length / line.length) + sink.droppedLines).toBe(1000);
    pipe.close();
  });

  test('accounts for every line exactly, whatever is written and read in which order, and whether there is a reader', () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ write: fc.integer({ min: 1, max: 400 }), bytes: fc.integer({ min: 1, max: 3000 }) }),
      },
      { weight: 4, arbitrary: fc.record({ read: fc.integer({ min: 1, max: 200_000 }) }) },
      { weight: 4, arbitrary: fc.record({ flush: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ reader: fc.boolean() }) },
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 1000, max: 200_000 }),
        (steps, max) => {
          const describeDropped = (count: number): string => `dropped ${count}.\n`;
          withPipe({ maxBufferedBytes: max, describeDropped, flushIntervalMs: 5 }, (sink, pipe) => {
            let next = 0;
            let text = '';
            let isRead = true;
            for (const each of steps) {
              if ('reader' in each) {
                isRead = each.reader;
                if (isRead) pipe.openReader();
                else pipe.closeReader();
              } else if ('read' in each) {
                if (isRead) text += pipe.read(each.read);
              } else if ('flush' in each) sink.flush(0);
              else {
                for (let i = 0; i < each.write; i++) {
                  const line = `line ${next++} ${'x'.repeat(each.bytes)}.\n`;
                  if (next % 2 === 0) sink.write(line);
                  else writeInPlace(sink, line);
                }
              }
            }
            pipe.openReader();
            text += pipe.read(1_000_000);
            expect(account(text).arrived + sink.droppedLines + sink.pendingLines).toBe(next);
            const { arrived, stated } = account(text + drain(sink, pipe));
            expect(stated).toBe(sink.droppedLines);
            expect(arrived + stated).toBe(next);
            expect(sink.pendingLines).toBe(0);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a sink whose reader has gone', () => {
  test('counts the lines and goes on', () => {
    const before = internalErrors().get('logger')?.count ?? 0;
    withPipe({ describeDropped: (count) => `dropped ${count}\n` }, (sink, pipe) => {
      sink.write('arrives\n');
      expect(sink.flush(0)).toBe(true);
      pipe.closeReader();
      for (let i = 1; i <= 5; i++) {
        sink.write('lost\n');
        expect(sink.flush(1000)).toBe(false);
        expect(sink.droppedLines).toBe(i);
      }
    });
    expect(internalErrors().get('logger')?.count).toBeGreaterThan(before);
  });

  test('begins a new line after half of one', () =>
    withPipe({ describeDropped: (count) => `dropped ${count}\n`, flushIntervalMs: 1_000_000 }, (sink, pipe) => {
      const line = `${'x'.repeat(49_999)}\n`;
      for (let i = 0; i < 3; i++) sink.write(line);
      pipe.closeReader();
      expect(sink.flush(1000)).toBe(false);
      const { droppedLines } = sink;
      // Once more in vain: the mark between the lines is not a line.
      sink.write(line);
      expect(sink.flush(1000)).toBe(false);
      expect(sink.droppedLines).toBe(droppedLines + 1);
      pipe.openReader();
      const text = drain(sink, pipe);
      const arrived = line.repeat(3 - droppedLines);
      expect(text.startsWith(arrived)).toBe(true);
      expect(text.slice(arrived.length)).toMatch(new RegExp(`^x{1,49998}\\ndropped ${droppedLines + 1}\\n$`));
    }));

  test('or which is no open file at all, counts them too', () => {
    const sink = createLineSink({ fd: 1_000_000 });
    sink.write('lost\n');
    expect(sink.flush(0)).toBe(false);
    expect(sink.droppedLines).toBe(1);
  });

  test('survives a description of the drops that throws', () => {
    const describeDropped = (): string => {
      throw new Error('no words');
    };
    withPipe({ maxBufferedBytes: 100, describeDropped }, (sink, pipe) => {
      sink.write('x'.repeat(200));
      sink.write('too long for the buffer\n'.padStart(200));
      sink.write('after\n');
      expect(drain(sink, pipe)).toBe('after\n');
    });
  });
});

test('a reader that comes after another has gone, and reads nothing, holds nothing up', () => {
  withPipe({}, (sink, pipe) => {
    pipe.closeReader();
    sink.write('lost\n');
    sink.flush(0);
    pipe.openReader();
    for (let n = 0; n < 100; n++) sink.write(`${'x'.repeat(4000)}\n`);
    // A write that waits would never come back.
    expect(sink.flush(0)).toBe(false);
    expect(pipe.read(4000)).toBe('x'.repeat(4000));
  });
});
