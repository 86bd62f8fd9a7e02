/**
 * A control directory into which another container with the same uid writes, as a shared /dev/shm allows: no form of
 * the probe hangs, or shows what is not the app's.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasProgram } from './testing/has-program.js';
import { buildSanitized, NODE_PROBE, PROGRAMS, runProbe, type Said } from './testing/probe-clients.js';
import { type StartedApp, startApp } from './testing/start-app.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const OTHER = 65533;
const SECRET = 'the content of another file';

const tools = mkdtempSync(join(tmpdir(), 'tools-'));
const SANITIZED = join(tools, 'healthcheck');
const NATIVE = PROGRAMS.find(({ isNative }) => isNative) ?? { command: [], missing: 'amd64 or arm64' };

/** Every form of the probe, with what has to be there to run it; `undefined` if it is. */
const CLIENTS = [
  { name: 'Node.js', command: NODE_PROBE, missing: undefined },
  { name: 'static', command: NATIVE.command, missing: NATIVE.missing },
  { name: 'sanitized', command: [SANITIZED], missing: hasProgram('gcc') ? undefined : 'gcc' },
];

let directory: string;
const cleanUps: (() => unknown)[] = [];

beforeAll(() => {
  if (hasProgram('gcc')) buildSanitized(SANITIZED);
}, 120_000);
afterAll(() => rmSync(tools, { recursive: true }));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostile-'));
  cleanUps.push(() => rmSync(directory, { recursive: true }));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: { answers: boolean; beatAgoMs: number; uid?: number; folder?: string }) {
  const app = await startApp({ folder: directory, ...options });
  cleanUps.push(app.stop);
  return app;
}

const own = (): string => join(directory, readdirSync(directory).find((name) => name.startsWith('porthole-')) ?? '');
const besides = ({ pid }: StartedApp, ending: string): string => join(own(), `${pid}.${ending}`);
const withoutTime = ({ stdout, stderr, code }: Said): string =>
  `${code} ${stdout}${stderr}`.replace(/\d+\.\d s/, 'T').replace(/is (running on|waiting for) the CPU/, 'is waiting');

function makePipe(path: string): void {
  execFileSync('mkfifo', [path]);
}

function makeLink(path: string): void {
  const target = join(directory, 'target');
  writeFileSync(target, SECRET);
  symlinkSync(target, path);
}

function makeLinkToPipe(path: string): void {
  makePipe(`${path}.pipe`);
  symlinkSync(`${path}.pipe`, path);
}

function makeHuge(path: string): void {
  writeFileSync(path, SECRET);
  // Sparse: it takes no room on the disk.
  truncateSync(path, 3 * 2 ** 30);
}

for (const { name, command, missing } of CLIENTS) {
  const needs = missing === undefined ? '' : ` (needs ${missing})`;

  describe.skipIf(missing !== undefined)(`with the ${name} probe${needs}:`, () => {
    async function expectOf(args: readonly string[], expected: string | RegExp, env = {}): Promise<void> {
      const said = withoutTime(
        await runProbe(command, args, { directory, env: { PORTHOLE_ADMIN_PORT: 'off', ...env } }),
      );
      if (typeof expected === 'string') expect(said).toBe(expected);
      else expect(said).toMatch(expected);
    }

    describe.runIf(process.platform === 'linux')('what the watchdog has found (needs Linux)', () => {
      test.each([
        ['a link', makeLink],
        ['a pipe', makePipe],
        ['a directory', mkdirSync],
        ['a link to a pipe', makeLinkToPipe],
        ['a link to nothing', (path: string) => symlinkSync('nothing', path)],
        ['a link to itself', (path: string) => symlinkSync(path, path)],
      ])('is not read from %s', async (_, make) => {
        const app = await start({ answers: false, beatAgoMs: 11_400 });
        make(besides(app, 'stack'));
        await expectOf([], `1 not ready: event loop blocked for T (pid ${app.pid} is waiting)\n`);
      });

      test.runIf(isRoot)("is not read from another user's file (needs root)", async () => {
        const app = await start({ answers: false, beatAgoMs: 11_400 });
        writeFileSync(besides(app, 'stack'), SECRET);
        chownSync(besides(app, 'stack'), NOBODY, NOBODY);
        await expectOf([], `1 not ready: event loop blocked for T (pid ${app.pid} is waiting)\n`);
      });

      test('is read no further than it is shown', async () => {
        const app = await start({ answers: false, beatAgoMs: 11_400 });
        makeHuge(besides(app, 'stack'));
        await expectOf([], new RegExp(`\\(pid ${app.pid} is waiting\\) at ${SECRET}\\?+…\n$`));
      });

      test('steers no terminal, whatever it is', async () => {
        const app = await start({ answers: false, beatAgoMs: 11_400 });
        const bytes = [
          0x61, 0x9b, 0x32, 0x4a, 0, 0xc2, 0x9b, 0x1b, 0x5b, 0xe2, 0x80, 0xae, 0xe2, 0x80, 0xf0, 0x9f, 0x62,
        ];
        writeFileSync(besides(app, 'stack'), Buffer.from(bytes));
        const env = [`PORTHOLE_DIR=${directory}`, 'PORTHOLE_ADMIN_PORT=off'];
        const said = execFileSync('sh', ['-c', '"$@" 2>&1 || true', 'sh', 'env', ...env, ...command]);
        const expected = Buffer.from(') at a\ufffd2J???[?\ufffd\ufffdb\n').toString('latin1');
        expect(said.subarray(said.indexOf(') at ')).toString('latin1')).toBe(expected);
      });
    });

    describe.runIf(process.platform === 'linux')('the heartbeat (needs Linux)', () => {
      test.each([
        ['a link to a fresh file', makeLink],
        ['a pipe', makePipe],
        ['a directory', mkdirSync],
        ['a link to nothing', (path: string) => symlinkSync('nothing', path)],
      ])('is not taken from %s', async (_, make) => {
        const app = await start({ answers: false, beatAgoMs: 0 });
        rmSync(besides(app, 'heartbeat'));
        make(besides(app, 'heartbeat'));
        await expectOf(['live', '--timeout', '100ms'], '1 not live: no answer within 100 ms\n');
      });

      test('is read no further than it has to be', async () => {
        const app = await start({ answers: false, beatAgoMs: 0 });
        makeHuge(besides(app, 'heartbeat'));
        await expectOf(
          ['ready', '--timeout', '100ms'],
          '1 not ready: no answer within 100 ms; its event loop turned T ago\n',
        );
      });

      test.runIf(isRoot)('of a process is not what another user has written (needs root)', async () => {
        const app = await start({ answers: false, beatAgoMs: 0, uid: NOBODY, folder: chowned(NOBODY) });
        const folder = chowned(OTHER);
        const theirs = join(
          folder,
          `porthole-${OTHER}-${readdirSync(join(directory, String(NOBODY)))[0]?.split('-')[2]}`,
        );
        mkdirSync(theirs, { mode: 0o700 });
        writeFileSync(join(theirs, `${app.pid}.heartbeat`), '');
        for (const path of [theirs, join(theirs, `${app.pid}.heartbeat`)]) chownSync(path, OTHER, OTHER);
        await expectOf(['live'], '1 no running app found: PORTHOLE_ADMIN_PORT is off and PORTHOLE_CONTROL is off\n', {
          PORTHOLE_CONTROL: 'off',
          PORTHOLE_DIR: folder,
        });
        await expectOf(['live'], /^0 live: its event loop turned T ago/, {
          PORTHOLE_CONTROL: 'off',
          PORTHOLE_DIR: join(directory, String(NOBODY)),
        });
      });

      test('of the future has no age', async () => {
        const app = await start({ answers: false, beatAgoMs: -3_600_000 });
        const why = `its last heartbeat is in the future (pid ${app.pid} is waiting)`;
        const timeout = ['--timeout', '200ms'];
        await expectOf(['ready', ...timeout], `1 not ready: no answer within 200 ms; ${why}\n`);
        await expectOf(['live', ...timeout], `1 not live: no answer within 200 ms; ${why}\n`);
        await expectOf(['live'], `1 not live: ${why}\n`, { PORTHOLE_CONTROL: 'off' });
      });

      test('is as old as the steady clock says, whatever the wall clock has been set to', async () => {
        const app = await start({ answers: false, beatAgoMs: 0 });
        const [seconds, nanoseconds] = process.hrtime();
        const beat = Math.floor(seconds * 1000 + nanoseconds / 1e6) - 11_400;
        for (const aheadMs of [3_600_000, -3_600_000, 0]) {
          writeFileSync(besides(app, 'heartbeat'), `${beat}\n`);
          const time = (Date.now() + aheadMs) / 1000;
          utimesSync(besides(app, 'heartbeat'), time, time);
          const { stderr } = await runProbe(command, [], { directory, env: { PORTHOLE_ADMIN_PORT: 'off' } });
          expect(stderr).toMatch(/^not ready: event loop blocked for 1\d\.\d s \(/);
        }
      });

      test.each(['', 'x', '-1\n', '12', '9'.repeat(40), '99999999999999\n'])(
        'that has %j in it has the age of its file, or none',
        async (content) => {
          const app = await start({ answers: false, beatAgoMs: 0 });
          writeFileSync(besides(app, 'heartbeat'), content);
          utimesSync(besides(app, 'heartbeat'), 1_000_000_000, 1_000_000_000);
          await expectOf(
            ['--timeout', '200ms'],
            content.startsWith('99999999999999\n')
              ? /^1 not ready: no answer within 200 ms; its last heartbeat is in the future/
              : /^1 not ready: event loop blocked for T/,
          );
        },
      );
    });

    describe.runIf(process.platform === 'linux')('the proof (needs Linux)', () => {
      /** A server whose process has as its proof what `make` makes. */
      async function serveWith(make: string): Promise<StartedApp> {
        const app = await start({ answers: true, beatAgoMs: 0 });
        const source = `
      const { openSync, unlinkSync, writeFileSync, truncateSync, renameSync, mkdirSync } = require('node:fs');
      const { execFileSync } = require('node:child_process');
      const folder = ${JSON.stringify(own())};
      const proof = folder + '/' + process.pid + '.porthole-proof';
      require('node:net').createServer((socket) => socket.end('HTTP/1.1 200 OK\\r\\n\\r\\n')).listen(folder + '/' + process.pid + '.sock', () => {
        ${make}
        unlinkSync(proof);
        process.stdout.write('listening');
      });`;
        await app.stop();
        const { spawn } = await import('node:child_process');
        const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
        cleanUps.push(async () => {
          const ended = once(child, 'exit');
          if (child.kill('SIGKILL')) await ended;
        });
        await once(child.stdout, 'data');
        return { pid: child.pid as number, child, stop: async () => {} };
      }

      test.each([
        ['a pipe', `execFileSync('mkfifo', [proof]); openSync(proof, 'r+');`],
        ['a huge file', `writeFileSync(proof, ''); truncateSync(proof, 3 * 2 ** 30); openSync(proof, 'r');`],
      ])('is not read from %s', async (_, make) => {
        const { pid } = await serveWith(make);
        await expectOf(
          [],
          `1 no running app found: PORTHOLE_ADMIN_PORT is off and cannot verify the control socket of pid ${pid}; run as the app's user\n`,
        );
      });
    });

    describe.runIf(isRoot && process.platform === 'linux')('root (needs root on Linux)', () => {
      test('asks its own app, not that of a user who was there before', async () => {
        const folder = chowned(NOBODY);
        const theirs = await start({ answers: true, beatAgoMs: 0, uid: NOBODY, folder });
        const ours = await start({ answers: true, beatAgoMs: 0, folder });
        expect(theirs.pid).toBeLessThan(ours.pid);
        await ours.stop();
        await expectOf([], /^1 not ready: db failed/, { PORTHOLE_DIR: folder });
        const again = await start({ answers: false, beatAgoMs: 11_400, folder });
        await expectOf([], `1 not ready: event loop blocked for T (pid ${again.pid} is waiting)\n`, {
          PORTHOLE_DIR: folder,
        });
      });

      test('believes no socket in the folder of a user who does not run the process', async () => {
        const folder = chowned(NOBODY);
        const theirs = await start({ answers: true, beatAgoMs: 0, uid: NOBODY, folder });
        const name = readdirSync(folder)[0] as string;
        // As one that is moved there: it is the process's own, in a folder of another.
        renameSync(join(folder, name), join(folder, name.replace(String(NOBODY), String(OTHER))));
        chownSync(join(folder, name.replace(String(NOBODY), String(OTHER))), OTHER, OTHER);
        await expectOf([], /cannot verify the control socket of pid \d+; run as the app's user/, {
          PORTHOLE_DIR: folder,
        });
        expect(theirs.child.exitCode).toBeNull();
      });
    });

    describe('the folder that is configured', () => {
      test('may be a link', async () => {
        await start({ answers: true, beatAgoMs: 0 });
        symlinkSync(directory, `${directory}.link`);
        cleanUps.push(() => rmSync(`${directory}.link`));
        await expectOf([], /^1 not ready: db failed/, { PORTHOLE_DIR: `${directory}.link` });
      });

      test.each([
        ['a pipe', makePipe],
        ['a file', (path: string) => writeFileSync(path, '')],
        ['a link to itself', (path: string) => symlinkSync(path, path)],
      ])('holds nothing where it is %s', async (_, make) => {
        make(join(directory, 'odd'));
        await expectOf([], '1 no running app found: PORTHOLE_ADMIN_PORT is off and no control socket\n', {
          PORTHOLE_DIR: join(directory, 'odd'),
        });
      });
    });
  });
}

function chowned(uid: number): string {
  const folder = join(directory, String(uid));
  mkdirSync(folder, { recursive: true });
  execFileSync('chmod', ['755', directory]);
  execFileSync('chmod', ['777', folder]);
  return folder;
}
