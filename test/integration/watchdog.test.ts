/** PORTHOLE_WATCHDOG: what a second thread tells of an event loop that is blocked. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NODE_LINES, permissionOptions } from '../harness/node-lines.js';
import { eventually, type Outcome, type Program, run, start } from '../harness/process.js';
import { freePort, type LogLine, parseLines } from '../harness/service.js';
import { BANNER } from '../matrix/bundles.js';

const SDK = fileURLToPath(new URL('../../packages/sdk', import.meta.url));
const ESBUILD = fileURLToPath(new URL('../../node_modules/.bin/esbuild', import.meta.url));
const PROBE = fileURLToPath(new URL('../../packages/healthcheck/probe.js', import.meta.url));

/**
 * Blocks its event loop when it gets SIGUSR2, until the file `go-on` is there; with `SHELL_FIRST` it waits in native
 * code until `return` is there.
 */
const PROGRAM = `
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startPorthole } from '@porthole/sdk';
startPorthole({ service: 'stuck', readyWhen: 'main' });
function spin(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end && !existsSync(process.env.PORTHOLE_DIR + '/go-on'));
}
function shell() {
  execSync('while [ -d "$PORTHOLE_DIR" ] && [ ! -e "$PORTHOLE_DIR/return" ]; do sleep 0.05; done');
}
process.on('SIGUSR2', function onSignal() {
  if (process.env.SHELL_FIRST) shell();
  spin(60_000);
});
setInterval(() => {}, 1000);
`;

let folder: string;
let program: Program | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchdog-'));
});
afterEach(async () => {
  program?.child.kill('SIGKILL');
  await program?.outcome;
  program = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Watched extends Program {
  readonly adminUrl: string;
  /** The first line whose message begins with `message`. */
  line(message: string): Promise<LogLine>;
  /** All of them, as soon as there are `count`. */
  lines(message: string, count: number): Promise<readonly LogLine[]>;
  says(message: string): boolean;
  healthcheck(...args: string[]): Promise<Outcome>;
}

interface WatchOptions {
  readonly node?: string;
  /** @defaultValue the program above, as a module */
  readonly args?: readonly string[];
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the program and waits until its admin port answers. */
async function watch({ node = process.execPath, args, options = [], env = {} }: WatchOptions = {}): Promise<Watched> {
  const adminPort = await freePort();
  const all = {
    PORTHOLE_WATCHDOG: 'on',
    PORTHOLE_DIR: folder,
    PORTHOLE_ADMIN_PORT: String(adminPort),
    ...env,
  };
  const running = start(node, [...options, ...(args ?? ['--input-type=module', '--eval', PROGRAM])], {
    cwd: SDK,
    env: all,
  });
  program = running;
  const linesLike = (message: string): LogLine[] =>
    parseLines(running.stdout()).filter((line) => String(line.message).startsWith(message));
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  await eventually(
    `the admin port; ${running.stderr()}`,
    async () => (await fetch(`${adminUrl}/livez`)).ok || undefined,
  );
  const lines = (message: string, count: number): Promise<readonly LogLine[]> =>
    eventually(`${count} of "${message}"`, () => {
      const found = linesLike(message);
      return found.length >= count ? found : undefined;
    });
  return {
    ...running,
    adminUrl,
    line: async (message) => (await lines(message, 1))[0] as LogLine,
    lines,
    says: (message) => linesLike(message).length > 0,
    healthcheck: (...words) => run(node, [PROBE, ...words], { env: all }),
  };
}

const ask = async (url: string): Promise<readonly [number, string]> => {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
};

describe.each(NODE_LINES)('on Node.js $major', (nodeLine) => {
  const node = nodeLine.program;

  test('the block is told of with its stack while it goes on, probes are answered, and its end is told of', async () => {
    const service = await watch({ node });
    service.child.kill('SIGUSR2');
    const line = await service.line('event loop blocked for');
    expect(line).toMatchObject({ level: 'warn', 'service.name': 'stuck' });
    expect(String(line['code.stacktrace']).split('\n')).toEqual([
      expect.stringMatching(/^spin \(.+:\d+:\d+\)$/),
      expect.stringMatching(/^onSignal \(.+:\d+:\d+\)$/),
    ]);
    expect(await ask(`${service.adminUrl}/livez`)).toEqual([200, 'ok\n']);
    expect(await ask(`${service.adminUrl}/readyz`)).toEqual([
      503,
      '[-]event-loop failed: reason withheld\nreadyz check failed\n',
    ]);
    const probe = await service.healthcheck('ready');
    expect(probe.stderr).toMatch(
      /^not ready: event loop blocked for .* \(pid \d+ is .*\) at spin \(.+\) < onSignal \(.+\)\n$/,
    );
    expect(service.says('event loop turns again'), 'all of it came while it was blocked').toBe(false);

    writeFileSync(join(folder, 'go-on'), '');
    expect((await service.line('event loop turns again')).duration_ms).toBeGreaterThan(1000);
    expect(await ask(`${service.adminUrl}/readyz`)).toEqual([200, 'ok\n']);
    expect(await ask(`${service.adminUrl}/metrics`)).toEqual([200, expect.stringContaining('target_info')]);
    expect(await service.healthcheck('ready')).toMatchObject({ code: 0, stdout: 'ready\n' });

    service.child.kill('SIGTERM');
    expect(await service.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('a Node.js that may start no threads is told of in one line, and the service runs without', async () => {
    const options = [...permissionOptions(nodeLine), '--allow-fs-write=*'];
    const service = await watch({ node, options });
    expect(await service.line('PORTHOLE_WATCHDOG is on, but there is no watchdog:')).toMatchObject({ level: 'warn' });
  });
});

describe('the watchdog', () => {
  test('calls a loop dead that has been blocked for more than ten seconds', async () => {
    const service = await watch();
    service.child.kill('SIGUSR2');
    await service.line('event loop blocked for');
    const [, text] = await eventually(
      'the end of its patience',
      async () => {
        const answer = await ask(`${service.adminUrl}/livez`);
        return answer[0] === 503 ? answer : undefined;
      },
      30_000,
    );
    expect(text).toBe('[-]event-loop failed: reason withheld\nlivez check failed\n');
  });

  test('tells at once of a block in native code, and of its stack when that is back in JavaScript', async () => {
    const service = await watch({ env: { SHELL_FIRST: 'yes' } });
    service.child.kill('SIGUSR2');
    expect(await service.line('event loop blocked for')).not.toHaveProperty('code.stacktrace');
    writeFileSync(join(folder, 'return'), '');
    const [, later] = await service.lines('event loop blocked for', 2);
    expect(later?.['code.stacktrace']).toMatch(/onSignal \(.+:\d+:\d+\)$/);
  });

  test.runIf(process.platform === 'linux')(
    'writes and reads through nothing that another has put in its folder',
    async () => {
      const service = await watch();
      const target = join(folder, 'target');
      writeFileSync(target, 'the content of another file');
      const [directory = ''] = readdirSync(folder).filter((name) => name.startsWith('porthole-'));
      const stack = join(folder, directory, `${service.child.pid}.stack`);
      symlinkSync(target, stack);
      service.child.kill('SIGUSR2');
      await service.line('event loop blocked for');
      expect((await service.healthcheck('ready')).stderr).toMatch(/\) at spin \(.+\) < onSignal \(.+\)\n$/);
      expect(lstatSync(stack).isFile()).toBe(true);
      expect(readFileSync(target, 'utf8')).toBe('the content of another file');
    },
  );

  test.runIf(process.platform === 'linux')('goes on without what it cannot put there, and says so', async () => {
    const [service, name] = [await watch(), 'full'];
    const [directory = ''] = readdirSync(folder).filter((entry) => entry.startsWith('porthole-'));
    mkdirSync(join(folder, directory, `${service.child.pid}.stack`, name), { recursive: true });
    service.child.kill('SIGUSR2');
    expect(await service.line('probes cannot show the code that blocks the event loop: ')).toMatchObject({
      level: 'warn',
    });
    expect(await service.line('event loop blocked for')).toHaveProperty('code.stacktrace');
    expect((await service.healthcheck('ready')).stderr).toMatch(/event loop blocked for [^)]*\)\n$/);
  });

  test('leaves a debugger alone that somebody has attached', async () => {
    const service = await watch({ options: ['--inspect=127.0.0.1:0'] });
    service.child.kill('SIGUSR2');
    expect(await service.line('event loop blocked for')).not.toHaveProperty('code.stacktrace');
  });

  test('says what is in the way of the admin port, as the service itself does', async () => {
    const occupied = createServer().listen(0, '0.0.0.0');
    await new Promise((resolve) => occupied.once('listening', resolve));
    const { port } = occupied.address() as { port: number };
    try {
      const env = { PORTHOLE_WATCHDOG: 'on', PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: String(port) };
      program = start(process.execPath, ['--input-type=module', '--eval', PROGRAM], { cwd: SDK, env });
      const { stdout } = program;
      await eventually(
        'the line',
        () => (stdout().includes(`PORTHOLE_ADMIN_PORT`) && stdout().includes(String(port))) || undefined,
      );
    } finally {
      occupied.close();
    }
  });

  test.each([
    ['one file of esm', ['--format=esm', `--banner:js=${BANNER}`], 'app.js'],
    ['a split bundle', ['--format=esm', `--banner:js=${BANNER}`, '--splitting'], 'app.js'],
    ['one file of cjs', ['--format=cjs', '--out-extension:.js=.cjs'], 'app.cjs'],
  ])('works in %s', async (_name, options, file) => {
    const entry = join(folder, 'app.mjs');
    writeFileSync(entry, PROGRAM);
    const out = join(folder, 'out');
    const bundled = await run(ESBUILD, [entry, `--outdir=${out}`, '--bundle', '--platform=node', ...options], {
      env: { NODE_PATH: fileURLToPath(new URL('../../node_modules', import.meta.url)) },
    });
    expect(bundled).toMatchObject({ code: 0 });
    writeFileSync(join(out, 'package.json'), '{ "type": "module" }');
    const service = await watch({ args: [join(out, file)] });
    service.child.kill('SIGUSR2');
    const line = await service.line('event loop blocked for');
    expect(line['code.stacktrace']).toMatch(/^spin \(.*app\.c?js:\d+:\d+\)/);
  });
});
