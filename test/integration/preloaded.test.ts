/**
 * Images that set `NODE_OPTIONS` to a module that starts Porthole: every Node.js process in the container inherits it.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../packages/cli/src/command-names.js';
import { NODE_LINES } from '../harness/node-lines.js';
import { eventually, type Outcome, type Program, run, start } from '../harness/process.js';
import { freePort } from '../harness/service.js';

const dist = (path: string): string => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));
const SDK = JSON.stringify(pathToFileURL(dist('sdk/dist/index.js')).href);
const SDK_CJS = JSON.stringify(dist('sdk/dist/index.cjs'));

/** Shows whether something was started: a started service answers `true`. */
const SHOW = 'process.on("exit", () => process.stderr.write("started: " + isStarted() + "\\n"));';
const IS_STARTED =
  'const isStarted = () => globalThis[Symbol.for("porthole.v1")]?.get("instances")?.started !== undefined;';

let folder: string;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-preload-'));
  port = await freePort();
  mkdirSync(join(folder, 'own'));
  mkdirSync(join(folder, 'node_modules/@porthole'), { recursive: true });
  for (const name of ['sdk', 'healthcheck']) symlinkSync(dist(name), join(folder, 'node_modules/@porthole', name));
  writeFileSync(
    join(folder, 'start.mjs'),
    `import { startPorthole } from ${SDK};\nstartPorthole({ service: 'orders' });\n${IS_STARTED}\n${SHOW}\n`,
  );
  writeFileSync(join(folder, 'nested.mjs'), `import './start.mjs';\n`);
  writeFileSync(
    join(folder, 'start.cjs'),
    `require(${SDK_CJS}).startPorthole({ service: 'orders' });\n${IS_STARTED}\n${SHOW}\n`,
  );
  writeFileSync(join(folder, 'show.cjs'), `${IS_STARTED}\n${SHOW}\n`);
  writeFileSync(
    join(folder, 'app.mjs'),
    `import { run } from '@porthole/sdk/run';\nrun({ service: 'orders', main: () => setInterval(() => {}, 1000) });\n`,
  );
  writeFileSync(join(folder, 'plain.mjs'), 'setTimeout(() => {}, 100);\n');
  writeFileSync(
    join(folder, 'own.mjs'),
    `import { startPorthole } from ${SDK};\nstartPorthole({ service: 'orders' });\nsetTimeout(() => process.exit(), 100);\n`,
  );
  writeFileSync(
    join(folder, 'own.cjs'),
    `require(${SDK_CJS}).startPorthole({ service: 'orders' });\nsetTimeout(() => process.exit(), 100);\n`,
  );
  writeFileSync(
    join(folder, 'forks.cjs'),
    `require('node:child_process').fork(${JSON.stringify(join(folder, 'plain.mjs'))});\n`,
  );
  writeFileSync(
    join(folder, 'checks.mjs'),
    `import '@porthole/healthcheck';\nimport { startPorthole } from ${SDK};\nstartPorthole();\nsetTimeout(() => process.exit(), 100);\n`,
  );
  // Beside a copy as it is, one with a notice in front, as a build may add it.
  copyFileSync(dist('healthcheck/probe.js'), join(folder, 'copied.js'));
  const notice = `/*\n${' * All rights are reserved, and so on.\n'.repeat(40)} */\n`;
  const probe = readFileSync(dist('healthcheck/probe.js'), 'utf8');
  writeFileSync(join(folder, 'noticed.js'), probe.replace('\n', `\n${notice}`));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PRELOADS = [
  ['--import', 'start.mjs'],
  ['--import', 'nested.mjs'],
  ['--require', 'start.cjs'],
] as const;

describe.each(NODE_LINES)('on Node.js $major', ({ program }) => {
  describe.each(PRELOADS)('with %s %s in NODE_OPTIONS', (option, file) => {
    const env = (more: Record<string, string> = {}) => ({
      PORTHOLE_DIR: folder,
      PORTHOLE_ADMIN_PORT: String(port),
      NODE_OPTIONS: `${option} ${option === '--import' ? pathToFileURL(join(folder, file)).href : join(folder, file)}`,
      ...more,
    });
    const node = (...args: readonly string[]): Promise<Outcome> => run(program, args, { env: env(), cwd: folder });

    async function whileServiceRuns(look: () => Promise<void>): Promise<void> {
      const service: Program = start(program, [join(folder, 'app.mjs')], { env: env({ NODE_OPTIONS: '' }) });
      try {
        await eventually('a service that is ready', async () =>
          (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200 ? true : undefined,
        );
        await look();
      } finally {
        service.child.kill('SIGTERM');
        await service.outcome;
      }
    }

    const probes: readonly (readonly [name: string, args: readonly string[]])[] = [
      ['the sub-command', ['app.mjs', 'healthcheck']],
      ['probe.js', [dist('healthcheck/probe.js')]],
      ['a copy of it', ['copied.js']],
      ['a copy behind a notice', ['noticed.js']],
    ];

    test.each(probes)('%s finds a dead service dead', async (_name, args) => {
      expect(await node(...args)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('no running app found'),
      });
    });

    test('probes find a service that runs', async () => {
      await whileServiceRuns(async () => {
        for (const [, args] of probes) {
          expect(await node(...args)).toMatchObject({ code: 0, stdout: 'ready\n', stderr: 'started: false\n' });
        }
      });
    });

    const npm = join(dirname(process.execPath), 'npm');
    test.each([
      ['-e', ['-e', '1']],
      ['--eval of a module', ['--input-type=module', '--eval', 'await 1']],
      ['-p', ['-p', '1 + 1']],
      ['-pe', ['-pe', '1 + 1']],
      ['a sub-command', ['app.mjs', 'version']],
      ['npm', [npm, '--version']],
      ['npx', [join(dirname(npm), 'npx'), '--version']],
    ])('%s starts nothing', async (_name, args) => {
      const { stdout, stderr } = await node(...args);
      expect(stdout).not.toContain('"message"');
      expect(stderr).toMatch(/started: false\n$/);
    });

    test.each(['--watch', '--watch-path=own'])('%s starts the application and nothing beside it', async (watch) => {
      const supervisor = start(program, [watch, 'plain.mjs'], { env: env(), cwd: folder });
      await eventually('an application that has ended', async () =>
        supervisor.stderr().includes('started: true') ? true : undefined,
      );
      supervisor.child.kill('SIGTERM');
      expect((await supervisor.outcome).stderr.match(/started: true/g)).toHaveLength(1);
    });

    test('an application starts, and so does one that it forks', async () => {
      expect((await node('plain.mjs')).stderr).toContain('started: true');
      expect((await node('plain.mjs', 'status')).stderr).toContain('started: true');
      expect((await node('forks.cjs')).stderr.match(/started: true/g)).toHaveLength(2);
    });
  });

  test.each([
    ['-e', ['-e', `require(${SDK_CJS}).startPorthole(); setTimeout(() => process.exit(), 100)`]],
    ['--eval that loads an application', ['-e', `require(${JSON.stringify('./own.cjs')})`]],
    ['--eval that imports an application', ['-e', `import(${JSON.stringify('./own.mjs')})`]],
    [
      '--eval of a module',
      [
        '--input-type=module',
        '-e',
        `import { startPorthole } from ${SDK}; startPorthole(); setTimeout(() => process.exit(), 100)`,
      ],
    ],
    ['a file with an argument of its own', ['own.mjs', 'status']],
    ['a CommonJS file with an argument of its own', ['own.cjs', 'status']],
    ['a file that begins with an import of the probe', ['checks.mjs']],
  ])('what a program starts itself is started: %s', async (_name, args) => {
    const env = {
      PORTHOLE_DIR: join(folder, 'own'),
      PORTHOLE_ADMIN_PORT: 'off',
      NODE_OPTIONS: `--require ${join(folder, 'show.cjs')}`,
    };
    expect((await run(program, args, { env, cwd: folder })).stderr).toMatch(/started: true\n$/);
    // Without a module that is preloaded, too.
    const bare = await run(program, args, { env: { ...env, NODE_OPTIONS: '' }, cwd: folder });
    expect(bare).toMatchObject({ code: 0 });
  });

  test.each([
    ['a prepareStackTrace that throws', "Error.prepareStackTrace = () => { throw new Error('no'); };"],
    ['a stackTraceLimit that is read-only', "Object.defineProperty(Error, 'stackTraceLimit', { writable: false });"],
  ])('does not throw with %s, and leaves the limit', async (_name, change) => {
    const file = join(folder, 'odd.mjs');
    const limit = 'console.log(Error.stackTraceLimit)';
    writeFileSync(
      file,
      `import { startPorthole } from ${SDK};\n${change}\nstartPorthole();\n${limit}\nprocess.exit();\n`,
    );
    const env = { PORTHOLE_ADMIN_PORT: 'off', NODE_OPTIONS: `--require ${join(folder, 'show.cjs')}` };
    const { code, stdout } = await run(program, [file, 'status'], { env, cwd: folder });
    expect({ code, limit: stdout.split('\n').includes('10') }).toEqual({ code: 0, limit: true });
  });

  test('nothing is left in the folder of the control sockets', () => {
    const left = readdirSync(folder).filter((name) => name.startsWith('porthole-'));
    expect(left.flatMap((name) => readdirSync(join(folder, name))).filter((name) => name.endsWith('.sock'))).toEqual(
      [],
    );
  });
});

test.each(COMMAND_NAMES)('the sub-command %s starts nothing', async (name) => {
  const env = {
    PORTHOLE_DIR: folder,
    PORTHOLE_ADMIN_PORT: 'off',
    NODE_OPTIONS: `--require ${join(folder, 'start.cjs')}`,
  };
  const { stderr } = await run(process.execPath, ['app.mjs', name], { env, cwd: folder });
  expect(stderr).toMatch(/started: false\n$/);
});

test('a probe does not take the word of a server that its own process has preloaded', async () => {
  const file = join(folder, 'server.cjs');
  const answer = '(request, response) => response.end("ok")';
  writeFileSync(file, `require('node:http').createServer(${answer}).listen(${port}, '127.0.0.1').unref();\n`);
  const env = { PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: String(port), NODE_OPTIONS: `--require ${file}` };
  for (const args of [['app.mjs', 'healthcheck'], ['copied.js']]) {
    const outcome = await run(process.execPath, args, { env, cwd: folder });
    expect(outcome).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('is a port of this process'),
    });
  }
});
