import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openOutput } from './open-output.js';

const folder = mkdtempSync(join(tmpdir(), 'porthole-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether a write to it fails where it would wait. */
function isNonBlocking(fd: number): boolean {
  const [, flags = '0'] = /^flags:\s+0(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
}

// Terminals need processes of their own: see test/integration/unread-output.test.ts.
describe.runIf(process.platform === 'linux')('an output (Linux)', () => {
  test('that is a pipe is opened again, so that the flag is not set for others', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeFd = openSync(path, 'w');
    const output = openOutput(writeFd);
    expect([isNonBlocking(writeFd), isNonBlocking(output.fd)]).toEqual([false, true]);
    expect(() => {
      for (;;) writeSync(output.fd, 'x'.repeat(4096));
    }).toThrow('EAGAIN');
    output.close();
    expect(() => writeSync(output.fd, 'x')).toThrow('EBADF');
    closeSync(writeFd);
    closeSync(readFd);
  });

  test('that is a file is used as it is, and stays open', () => {
    const fd = openSync(join(folder, 'file'), 'w');
    const output = openOutput(fd);
    expect(output.fd).toBe(fd);
    output.close();
    expect(writeSync(fd, 'x')).toBe(1);
    closeSync(fd);
  });

  test('that is not open is given back, for the first write to report', () => {
    expect(openOutput(1_000_000).fd).toBe(1_000_000);
  });
});
