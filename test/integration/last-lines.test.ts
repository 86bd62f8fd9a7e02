/** The last lines of a service with the default settings, read by a reader that is slow, or that has stopped. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const APP = fileURLToPath(new URL('../applications/last-lines.mjs', import.meta.url));
const LINES = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'porthole-last-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lastedMs: number;
}

const PIECE_BYTES = 4096;

/**
 * Runs the program; `readEveryMs` is the pace at which 4 KiB are read, or undefined for a reader that never reads. With
 * `isShared`, stderr goes where stdout goes (`2>&1`).
 */
async function run(
  env: Readonly<Record<string, string>>,
  readEveryMs: number | undefined,
  isShared = false,
): Promise<Ending> {
  const pipe = join(folder, `${Object.values(env).join('-')}-${readEveryMs}-${isShared}`);
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(pipe, constants.O_WRONLY);
  const startMs = performance.now();
  const child = spawn(process.execPath, [APP], {
    env: { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off', ...env },
    stdio: ['ignore', writer, isShared ? writer : 'pipe'],
  });
  closeSync(writer);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let ended = false;
  const closed = once(child, 'close').then(([code]) => {
    ended = true;
    return { code: code as number | null, lastedMs: performance.now() - startMs };
  });
  const parts = readEveryMs === undefined ? [] : await readAtPace(reader, readEveryMs, () => ended);
  const { code, lastedMs } = await closed;
  // What the pipe still holds.
  for (let part = readPiece(reader); part !== undefined && part.length > 0; part = readPiece(reader)) parts.push(part);
  closeSync(reader);
  return { code, stdout: Buffer.concat(parts).toString(), stderr, lastedMs };
}

/** Reads what is due by the clock, so that a late timer does not make the reader slower than it is said to be. */
async function readAtPace(fd: number, readEveryMs: number, isOver: () => boolean): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  const startMs = performance.now();
  for (let reads = 0; ; ) {
    const wasOver = isOver();
    for (const due = (performance.now() - startMs) / readEveryMs; reads < due; reads++) {
      const part = readPiece(fd);
      if (part === undefined) continue;
      // The end of the pipe; before the program has begun to write it looks the same.
      if (part.length === 0 && wasOver) return parts;
      parts.push(part);
    }
    await sleep(1);
  }
}

/** Undefined if there is nothing to read now. */
function readPiece(fd: number): Buffer | undefined {
  const piece = Buffer.alloc(PIECE_BYTES);
  try {
    return piece.subarray(0, readSync(fd, piece));
  } catch {
    return undefined;
  }
}

const PACES = [
  { textLength: 247, readEveryMs: 1 },
  { textLength: 278, readEveryMs: 3 },
];
/** `others` are the lines beside those that are numbered. */
const ENDINGS = [
  { ending: 'exit', code: 3, last: undefined, others: 0 },
  { ending: 'throw', code: 1, last: 'uncaught exception', others: 1 },
  { ending: 'rejection', code: 1, last: 'unhandled rejection', others: 1 },
  { ending: 'SIGTERM', code: 0, last: undefined, others: 2 },
  { ending: 'job', code: 0, last: undefined, others: 3 },
];

describe.skipIf(process.platform !== 'linux')('10,000 lines (Linux)', () => {
  test.each(PACES.flatMap((pace) => ENDINGS.map((ending) => ({ ...pace, ...ending }))))(
    'of $textLength characters and more arrive after: $ending, read at 4 KiB per $readEveryMs ms',
    async ({ ending, code, last, textLength, readEveryMs }) => {
      const outcome = await run({ ENDING: ending, TEXT_LENGTH: String(textLength) }, readEveryMs);
      expect(outcome).toMatchObject({ code, stderr: '' });
      expect(outcome.stdout.endsWith('\n')).toBe(true);
      const lines = outcome.stdout
        .slice(0, -1)
        .split('\n')
        .map((line) => JSON.parse(line));
      const numbered = lines.filter(({ n }) => n !== undefined);
      expect(numbered.map(({ n }) => n)).toEqual(Array.from({ length: LINES }, (_, n) => n));
      if (last === undefined) return;
      expect(lines.at(-1)).toMatchObject({ level: 'fatal', message: last, 'exception.message': 'boom' });
      expect(lines.at(-1)?.['exception.stacktrace']).toContain('last-lines.mjs');
    },
  );

  test.each(ENDINGS)('whose reader has stopped do not delay the end by: $ending', async ({ ending, code, others }) => {
    const env = { ENDING: ending, TEXT_LENGTH: '247', PORTHOLE_SHUTDOWN_DEADLINE: '4s' };
    const outcome = await run(env, undefined);
    expect(outcome.code).toBe(code);
    // 5 s for a busy machine to start it.
    expect(outcome.lastedMs).toBeLessThan(9000);
    const arrived = outcome.stdout.split('\n').length - 1;
    expect(outcome.stderr).toBe(
      `porthole: ${LINES + others - arrived} log lines are lost: the output did not take them before the process ended\n`,
    );
  });

  test('that are cut off by the deadline leave a report on a line of its own with 2>&1', async () => {
    // Half of a line and more is written each time, so that the report would follow half a line if it began no new one.
    const env = { ENDING: 'SIGTERM', TEXT_LENGTH: '9000', PORTHOLE_SHUTDOWN_DEADLINE: '2s' };
    const { stdout } = await run(env, 3, true);
    const report = stdout.split('\n').filter((line) => line.includes('log lines are lost'));
    expect(report).toEqual([expect.stringMatching(/^porthole: \d+ log lines are lost: /)]);
  });
});
