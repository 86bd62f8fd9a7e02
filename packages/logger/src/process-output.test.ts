/**
 * The logger in a process of its own: its last lines, and a standard output that nobody reads. Runs the built package.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'porthole-output-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const entry = JSON.stringify(fileURLToPath(new URL('../dist/index.cjs', import.meta.url)));

const PRELUDE = `
  const { createLogger, createLineSink, createDropNotice } = require(${entry});
  const start = (options) => {
    const sink = createLineSink({ describeDropped: createDropNotice({ serviceName: 'orders' }), ...options });
    return { sink, logger: createLogger({ level: 'info', format: 'json', serviceName: 'orders', sink }) };
  };
`;

// 4 KiB at a time, with a pause of so many milliseconds after each.
const SLOW_READER = `
  const pauseMs = Number(process.argv[1]);
  const { readSync } = require('node:fs');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const parts = [];
  for (;;) {
    const part = Buffer.alloc(4096);
    const length = readSync(0, part);
    if (length === 0) break;
    parts.push(part.subarray(0, length));
    Atomics.wait(cell, 0, 0, pauseMs);
  }
  process.stdout.write(Buffer.concat(parts));
`;

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function parse(text: string): Record<string, unknown>[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Reads the standard output of `program`, a pipe, 4 KiB every `pauseMs`. */
async function readSlowly(
  program: string,
  pauseMs: number,
): Promise<{ lines: Record<string, unknown>[]; status: string }> {
  const command = '{ "$0" -e "$1" 2>/dev/null; echo "$?" >&2; } | "$0" -e "$2" "$3"';
  const shell = spawn('sh', ['-c', command, process.execPath, program, SLOW_READER, String(pauseMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [text, status] = await Promise.all([textOf(shell.stdout), textOf(shell.stderr)]);
  return { lines: parse(text), status };
}

describe('the last lines', () => {
  test.each([
    ['exit', 'process.exit(3)', 3],
    ['a throw', 'throw new Error("crash")', 1],
    ['a rejection', 'Promise.reject(new Error("crash"))', 1],
    ['nothing left to do', '', 0],
  ])('arrive at a slow reader, in order and none torn, at %s', async (_, ending, code) => {
    const program = `${PRELUDE}
      const { sink, logger } = start({});
      process.on('exit', () => sink.flush(60_000));
      for (let i = 0; i < 10_000; i++) logger.info({ i }, 'a line of some length, as lines are');
      logger.fatal(new Error('the last one'));
      ${ending}`;
    const { lines, status } = await readSlowly(program, 1);
    expect(status).toBe(`${code}\n`);
    const last = lines.pop();
    expect(lines.map((line) => line.i)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(last).toMatchObject({
      level: 'fatal',
      'exception.stacktrace': expect.stringContaining('the last one\n    at '),
    });
  });

  describe.each([
    ['drain', 'sink.drain().then(() => process.exit(lost() === 0 ? 0 : 1));'],
    ['flush', 'sink.flush(60_000, 1000); process.exit(lost() === 0 ? 0 : 1);'],
  ])('arrive by %s, which is bounded by how long the reader takes nothing,', (_, ending) => {
    test.each([
      [369, 1],
      [400, 1],
      [369, 3],
      [400, 3],
    ])('if there are 10,000 of %i bytes, at a reader that takes 4 KiB every %i ms', async (bytes, pauseMs) => {
      const program = `${PRELUDE}
        const { sink } = start({});
        const lost = () => sink.droppedLines + sink.pendingLines;
        for (let i = 0; i < 10_000; i++) sink.write(JSON.stringify({ i }).padEnd(${bytes - 1}) + '\\n');
        ${ending}`;
      const { lines, status } = await readSlowly(program, pauseMs);
      expect(lines.map((line) => line.i)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
      expect(status).toBe('0\n');
    });
  });
});

/** A child whose standard output nobody reads until `read` is called. */
interface Stalled {
  readonly child: ChildProcess;
  read(): Readable;
}

function onPipe(program: string): Stalled {
  const path = join(folder, 'stdout');
  execFileSync('mkfifo', [path]);
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, 'w');
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', writeFd, 'inherit', 'ipc'] });
  closeSync(writeFd);
  children.push(child);
  return { child, read: () => new Socket({ fd: readFd, writable: false }) };
}

/** What Node.js calls a pipe here is a pair of Unix sockets. */
function onSocket(program: string): Stalled {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  return { child, read: () => child.stdout as Readable };
}

describe('a standard output that nobody reads', () => {
  test.each([
    ['pipe', onPipe],
    ['socket', onSocket],
  ])('leaves the event loop turning, and the drops are stated exactly: %s', async (_, start) => {
    const { child, read } = start(`${PRELUDE}
      const { sink, logger } = start({ maxBufferedBytes: 512 * 1024 });
      let written = 0;
      const burst = () => {
        for (let i = 0; i < 100; i++) logger.info({ i: written++ }, 'a line of some length, as lines are');
        if (written < 20_000) setImmediate(burst);
        else process.send({ written, dropped: sink.droppedLines, buffered: sink.bufferedBytes });
      };
      burst();
      process.on('message', () => {
        const poll = setInterval(() => {
          if (sink.bufferedBytes > 0) return;
          clearInterval(poll);
          logger.info({ i: written++ }, 'after');
          process.disconnect();
          sink.flush(10_000);
        }, 5);
      });`);
    const told = await new Promise<{ written: number; dropped: number; buffered: number }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { written: number; dropped: number; buffered: number }));
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    expect(told.written).toBe(20_000);
    expect(told.dropped).toBeGreaterThan(1000);
    expect(told.buffered).toBeLessThanOrEqual(512 * 1024);

    const text = textOf(read());
    child.send('read');
    const lines = parse(await text);
    const stated = lines.filter((line) => line['porthole.log.dropped'] !== undefined);
    expect(stated).toEqual([expect.objectContaining({ level: 'warn', 'porthole.log.dropped': told.dropped })]);
    const numbers = lines.flatMap(({ i }) => (typeof i === 'number' ? [i] : []));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length + told.dropped).toBe(told.written + 1);
    expect(numbers.at(-1)).toBe(told.written);
  });

  test('that has been closed does not end the process', async () => {
    const { child, read } = onSocket(`${PRELUDE}
      const { sink, logger } = start({});
      process.once('message', () => {
        for (let i = 0; i < 100; i++) logger.info('nobody there');
        const flushed = sink.flush(100);
        process.send({ flushed, dropped: sink.droppedLines }, () => process.disconnect());
      });
      process.send('ready');`);
    await new Promise((resolve) => child.once('message', resolve));
    read().destroy();
    await new Promise((resolve) => read().once('close', resolve).destroy());
    const told = new Promise((resolve) => child.once('message', resolve));
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.send('write');
    expect(await told).toEqual({ flushed: false, dropped: 100 });
    expect(await exit).toBe(0);
  });
});
