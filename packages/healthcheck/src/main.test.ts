import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const PROBE = fileURLToPath(new URL('../probe.js', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: { PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: '1', ...env },
  });
  return { status, stdout, stderr };
}

describe('the program', () => {
  test.each([
    ['as a module', { type: 'module' }],
    ['as CommonJS', { type: 'commonjs' }],
    ['without a package', undefined],
  ])('is one file that runs where it is copied to, %s', (_, manifest) => {
    if (manifest !== undefined) writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const copy = join(folder, 'probe.js');
    copyFileSync(PROBE, copy);
    expect(run(copy, ['live'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'no running app found: nothing answers on 127.0.0.1:1 (PORTHOLE_ADMIN_PORT) and no control socket\n',
    });
  });

  test.each([
    [['--timeout', 'soon'], '--timeout takes 1ms to 60s'],
    [['--blocked-for', '2h'], '--blocked-for takes 1ms to 60s'],
    [['dead'], 'expected one of live, ready, startup'],
    [['live', '--url', 'http://127.0.0.1/'], '--url asks for itself, not for "live"'],
    [['--port', '1'], 'unknown option "--port"'],
  ])('called with %j exits with 1 and says what is allowed', (args, expected) => {
    const { status, stdout, stderr } = run(PROBE, args);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(expected);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('says with --verbose what in the environment makes each probe dear', () => {
    const env = { NODE_EXTRA_CA_CERTS: '/nonexistent' };
    const { stderr } = run(PROBE, ['--verbose'], { ...env, NODE_OPTIONS: '--require node:fs' });
    expect(stderr).toContain('NODE_OPTIONS loads modules in front of every probe');
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS is read by every probe');
    expect(run(PROBE, ['--verbose'], { NODE_OPTIONS: '--max-old-space-size=64' }).stderr).not.toContain('NODE_OPTIONS');
    expect(run(PROBE, [], { NODE_OPTIONS: '--require node:fs' }).stderr).not.toContain('NODE_OPTIONS');
  });

  test('says with --verbose that an entry file is so large that each probe is dear', () => {
    const large = join(folder, 'app.js');
    writeFileSync(large, `${readFileSync(PROBE, 'utf8')}//${'x'.repeat(2_000_000)}`);
    expect(run(large, ['--verbose']).stderr).toContain('the entry file has 2.0 MB, all of which every probe reads');
    expect(run(PROBE, ['--verbose']).stderr).not.toContain('entry file');
  });
});
