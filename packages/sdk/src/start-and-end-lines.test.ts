import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

// In the package, so that its programs find the SDK by its name.
const FOLDER = mkdtempSync(fileURLToPath(new URL('../dist/lines-', import.meta.url)));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function outcomeOf(
  program: string,
  more: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> & { lines: Record<string, unknown>[] } {
  const file = join(FOLDER, 'program.mjs');
  writeFileSync(file, program);
  const env = { PORTHOLE_DIR: FOLDER, PORTHOLE_ADMIN_PORT: '0', ...more };
  const result = spawnSync(process.execPath, [file], { env, encoding: 'utf8', timeout: 20_000 });
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  return { ...result, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('one line at the start says where the service answers, and one at the end that it has shut down', () => {
  const { lines } = outcomeOf(`
    import { startPorthole } from '@porthole/sdk';
    startPorthole({ otlpEndpoint: 'http://user:secret@127.0.0.1:1/?key=secret' });
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 500);
    setInterval(() => {}, 1000);
  `);
  expect(lines.filter(({ message }) => /^the admin port is \d+, on /.test(String(message)))).toMatchObject([
    { level: 'info', control_socket: expect.stringMatching(/\.sock$/), traces: 'http://127.0.0.1:1/v1/traces' },
  ]);
  expect(lines.at(-1)).toMatchObject({
    message: 'shut down',
    reason: 'received SIGTERM',
    duration_ms: expect.any(Number),
  });
});

test('a start that fails is reported once', () => {
  const { status, stdout, stderr } = outcomeOf(`
    import { run } from '@porthole/sdk/run';
    run({ service: 'orders', main: async () => { throw new Error('no database'); } });
  `);
  expect(status).toBe(1);
  expect(stderr).toBe('');
  expect(stdout.match(/"level":"fatal"/g)).toHaveLength(1);
});

test('a start that fails is reported on stderr if the log is silent', () => {
  const program = `
    import { run } from '@porthole/sdk/run';
    run({ service: 'orders', main: async () => { throw new Error('no database'); } });
  `;
  const { status, stdout, stderr } = outcomeOf(program, { LOG_LEVEL: 'silent' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('Error: no database');
});

test('a program that uses Porthole without a start gets one hint', () => {
  const { lines } = outcomeOf(`
    import { porthole } from '@porthole/sdk';
    porthole();
    porthole();
    setTimeout(() => {}, 50);
  `);
  expect(lines.map(({ message }) => message)).toEqual([expect.stringMatching(/^Porthole is not started, /)]);
});
