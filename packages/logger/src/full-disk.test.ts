/** The logger in a process whose file finds no room: a real file system of 64 kB. Runs the built package. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'porthole-disk-'));
const isMounted = mount();
afterAll(() => {
  if (isMounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

/** Only root can, and not in every container: without it the tests are skipped. */
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const entry = JSON.stringify(fileURLToPath(new URL('../dist/index.cjs', import.meta.url)));

/** Writes 500 lines of 1 kB, has room made for more, and writes 5 others. */
const PROGRAM = `
  const { createLogger, createLineSink, createDropNotice } = require(${entry});
  const sink = createLineSink({ describeDropped: createDropNotice({ serviceName: 'orders' }) });
  const logger = createLogger({ level: 'info', format: 'json', serviceName: 'orders', sink });
  for (let i = 0; i < 500; i++) logger.info({ text: 'x'.repeat(LENGTH) }, 'line');
  sink.flush(1000);
  process.once('message', () => {
    for (let i = 0; i < 5; i++) logger.info('after');
    const flushed = sink.flush(1000);
    process.send({ flushed, dropped: sink.droppedLines, pending: sink.pendingLines });
  });
  process.send('full');
`;

describe('a disk that is full (needs root that may mount)', () => {
  test.runIf(isMounted).each([900, 901, 910, 931])(
    'leaves half a line at the most, and the notice begins a new one: texts of %i bytes',
    async (length) => {
      const [path, rest] = [join(folder, 'lines'), join(folder, 'rest')];
      writeFileSync(rest, Buffer.alloc(16_384));
      const fd = openSync(path, 'a');
      const child = spawn(process.execPath, ['-e', PROGRAM.replace('LENGTH', String(length))], {
        stdio: ['ignore', fd, 'inherit', 'ipc'],
      });
      closeSync(fd);
      await once(child, 'message');
      rmSync(rest);
      child.send('room');
      const [told] = await once(child, 'message');
      child.disconnect();
      await once(child, 'exit');

      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      rmSync(path);
      const torn = lines.filter((line) => !line.endsWith('}'));
      expect(torn.length).toBeLessThanOrEqual(1);
      const parsed = lines.filter((line) => !torn.includes(line)).map((line) => JSON.parse(line));
      const count = (message: string): number => parsed.filter((line) => line.message === message).length;
      const stated = parsed.flatMap((line) => line['porthole.log.dropped'] ?? []);
      expect(stated).toEqual([told.dropped]);
      expect(count('line') + told.dropped).toBe(500);
      expect(told).toMatchObject({ pending: 0 });
      expect(count('after')).toBe(5);
    },
  );
});
