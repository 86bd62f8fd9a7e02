/**
 * Two services on one machine, of one user, without a PORTHOLE_DIR of their own: each is asked by its own entry file,
 * name or folder.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Outcome, type Program, run, start } from '../harness/process.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROBE = join(ROOT, 'packages/healthcheck/probe.js');
const STATIC = join(
  ROOT,
  'packages/healthcheck/static',
  process.arch === 'x64' ? 'linux-amd64' : 'linux-arm64',
  'healthcheck',
);
const NAMES = ['billing', 'orders'] as const;

let folder: string;
const programs: Program[] = [];

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'porthole-two-')));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const name of NAMES) {
    mkdirSync(join(folder, name));
    const source = `import { run } from '@porthole/sdk/run';
      import { porthole } from '@porthole/sdk';
      run({ service: '${name}', main: () => {
        porthole().health.readiness('${name}-database', () => { throw new Error('down'); });
        setInterval(() => {}, 1000);
      } });`;
    writeFileSync(join(folder, name, 'app.mjs'), source);
    const env = { ...common(), OTEL_SERVICE_NAME: name };
    programs.push(start(process.execPath, ['./app.mjs'], { cwd: join(folder, name), env }));
  }
  for (const name of NAMES) {
    await eventually(`the service ${name}`, async () => {
      const { stderr } = await ask(name, ['app.mjs', 'healthcheck']);
      return stderr === expected(name) ? true : undefined;
    });
  }
});

afterAll(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.map(({ outcome }) => outcome));
  rmSync(folder, { recursive: true, force: true });
});

const common = (): Record<string, string> => ({ TMPDIR: folder, PORTHOLE_ADMIN_PORT: 'off' });
const expected = (name: string): string => `not ready: ${name}-database failed (down)\n`;
const ask = (cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  run(process.execPath, args, { cwd: join(folder, cwd), env: { ...common(), ...env } });

describe.runIf(process.platform === 'linux').each(NAMES)('the service %s', (name) => {
  test('is asked by its own entry file, wherever the caller is, by each sub-command', async () => {
    const app = join(folder, name, 'app.mjs');
    for (const cwd of ['.', ...NAMES]) {
      expect(await ask(cwd, [app, 'healthcheck'])).toMatchObject({ code: 1, stderr: expected(name) });
      expect(await ask(cwd, [app, 'status', '--json'])).toMatchObject({
        stdout: expect.stringContaining(`"${name}"`),
        stderr: '',
      });
    }
  });

  test('is asked through a link to its folder or to its entry file', async () => {
    const links = [join(folder, `link-${name}`), join(folder, `link-${name}.mjs`)] as const;
    symlinkSync(join(folder, name), links[0]);
    symlinkSync(join(folder, name, 'app.mjs'), links[1]);
    for (const entry of [join(links[0], 'app.mjs'), links[1]]) {
      expect(await ask('.', [entry, 'healthcheck'])).toMatchObject({ code: 1, stderr: expected(name) });
      expect(await ask('.', [entry, 'status', '--json'])).toMatchObject({
        stdout: expect.stringContaining(`"${name}"`),
        stderr: '',
      });
    }
  });

  test('is asked by probe.js and the static program from its own folder', async () => {
    expect(await ask(name, [PROBE])).toMatchObject({ code: 1, stderr: expected(name) });
    expect(await run(STATIC, [], { cwd: join(folder, name), env: common() })).toMatchObject({
      code: 1,
      stderr: expected(name),
    });
  });

  test('is asked by probe.js under its name, from any folder', async () => {
    expect(await ask('.', [PROBE], { OTEL_SERVICE_NAME: name })).toMatchObject({ code: 1, stderr: expected(name) });
  });
});

test.runIf(process.platform === 'linux')(
  'who has nothing in common with either asks the first, and notes that',
  async () => {
    for (const [program, ...args] of [[process.execPath, PROBE], [STATIC]] as const) {
      const { stderr } = await run(program, args, { cwd: '/', env: common() });
      expect(stderr).toMatch(/^several apps run here: using pid \d+; give each its own PORTHOLE_DIR\nnot ready: /);
    }
  },
);
