/**
 * When a service is ready: not before the application listens. Asked from outside and, right before it listens, by the
 * application itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, type Program, run, start } from '../harness/process.js';
import { freePort } from '../harness/service.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REASON = '[-]serving failed: waiting for the application to listen';

interface Running extends Program {
  status(path: string): Promise<number>;
  text(path: string): Promise<string>;
  /** What the program has printed of itself. */
  said(): readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const running: Program[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.splice(0).map(({ outcome }) => outcome));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The application says what a probe gets right before it listens: `before 503`. */
const BEFORE = `
  const probe = async (path) => {
    for (;;) {
      const answer = await fetch('http://127.0.0.1:' + process.env.PORTHOLE_ADMIN_PORT + path).catch(() => {});
      if (answer !== undefined) return answer.status;
    }
  };
  const sayBefore = async () => console.error('before', await probe('/readyz'), await probe('/startupz'), await probe('/livez'));`;

async function launch(source: string): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  folders.push(folder);
  const port = await freePort();
  const env = { PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: String(port), SOCKET: join(folder, 'app.sock') };
  const program = start(process.execPath, ['--input-type=module', '--eval', `${BEFORE}\n${source}`], {
    cwd: ROOT,
    env,
  });
  running.push(program);
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  await eventually(`the admin port; there is:\n${program.stdout()}${program.stderr()}`, () =>
    ask('/livez').catch(() => undefined),
  );
  return {
    ...program,
    env,
    status: async (path) => (await ask(path)).status,
    text: async (path) => (await ask(path)).text(),
    said: () => program.stderr().split('\n').filter(Boolean),
  };
}

const ready = (service: Running): Promise<true> =>
  eventually('readiness', async () => ((await service.status('/readyz')) === 200 ? true : undefined));

const RUN = `import { run } from '@porthole/sdk/run';`;
const START = `import { startPorthole } from '@porthole/sdk';`;

describe('a service that listens', () => {
  test.each([
    [
      'after main has settled',
      `${RUN} import { createServer } from 'node:http';
       run({ main: () => { setTimeout(async () => { await sayBefore(); createServer().listen(0); }, 1200); } });`,
    ],
    [
      'before main settles, which it never does',
      `${RUN} import { createServer } from 'node:http';
       run({ main: async () => { await sayBefore(); createServer().listen(0); await new Promise(() => {}); } });`,
    ],
    [
      'on a Unix socket',
      `${RUN} import { createServer } from 'node:http';
       run({ main: async () => { await sayBefore(); createServer().listen(process.env.SOCKET); await new Promise(() => {}); } });`,
    ],
    [
      'by node:net',
      `${RUN} import { createServer } from 'node:net';
       run({ main: async () => { await sayBefore(); createServer().listen(0); await new Promise(() => {}); } });`,
    ],
    [
      'by HTTP/2',
      `${RUN} import { createServer } from 'node:http2';
       run({ main: async () => { await sayBefore(); createServer().listen(0); await new Promise(() => {}); } });`,
    ],
    [
      'and keeps its own entry file',
      `${START} import { createServer } from 'node:http';
       startPorthole(); await sayBefore(); createServer().listen(0);`,
    ],
    [
      'in workers of its cluster',
      `${RUN} import cluster from 'node:cluster';
       run({ main: async () => {
         await sayBefore();
         cluster.setupPrimary({ exec: '/dev/null', execArgv: ['--input-type=module', '--eval', 'import("node:http").then(({ createServer }) => createServer().listen(0))'] });
         cluster.fork();
         await new Promise(() => {});
       } });`,
    ],
    [
      'in workers of its cluster that have Porthole, too',
      `${RUN} import cluster from 'node:cluster'; import { createServer } from 'node:http';
       const main = async () => {
         if (cluster.isPrimary) {
           cluster.setupPrimary({ exec: '/dev/null', execArgv: process.execArgv });
           cluster.fork({ PRIMARY: process.env.PORTHOLE_ADMIN_PORT, PORTHOLE_ADMIN_PORT: '0' });
         } else {
           await new Promise((resolve) => setTimeout(resolve, 1500));
           process.env.PORTHOLE_ADMIN_PORT = process.env.PRIMARY;
           await sayBefore();
           createServer().listen(0);
         }
         await new Promise(() => {});
       };
       run({ main });`,
    ],
  ])('%s is ready then, and not before', async (_, source) => {
    const service = await launch(source);
    await ready(service);
    expect(service.said()).toEqual(['before 503 503 200']);
    expect(await service.status('/startupz')).toBe(200);
  });

  test('was started before Porthole and is ready at once', async () => {
    const service = await launch(`${START} import { createServer } from 'node:http';
      createServer().listen(0, () => { startPorthole(); });`);
    expect(await service.status('/readyz')).toBe(200);
  });

  test('gives its reason to everybody: on the admin port, as JSON, and to the probe', async () => {
    const service = await launch(`${RUN} run({ main: () => new Promise((resolve) => setTimeout(resolve, 60_000)) });`);
    expect(await service.text('/readyz')).toBe(`${REASON}\nreadyz check failed\n`);
    expect(await service.text('/startupz?verbose')).toBe(`${REASON}\nstartupz check failed\n`);
    const probe = await run(process.execPath, [join(ROOT, 'packages/healthcheck/probe.js'), 'ready'], {
      env: service.env,
    });
    expect(probe).toMatchObject({
      code: 1,
      stderr: 'not ready: serving failed (waiting for the application to listen)\n',
    });
  });

  test('is not ready by a server that is closed at once, as when a free port is looked for', async () => {
    const service = await launch(`${RUN} import { createServer } from 'node:net';
      run({ main: async () => {
        await new Promise((resolve) => { const server = createServer().listen(0, () => server.close(resolve)); });
        setTimeout(sayBefore, 300);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      } });`);
    await eventually('the answer', () => (service.said().length > 0 ? true : undefined));
    expect(service.said()).toEqual(['before 503 503 200']);
  });
});

describe('a service without a server', () => {
  test('is ready when main has settled', async () => {
    const service = await launch(`${RUN}
      setInterval(() => {}, 1000);
      run({ main: async () => { await new Promise((resolve) => setTimeout(resolve, 500)); await sayBefore(); } });`);
    await ready(service);
    expect(service.said()).toEqual(['before 503 503 200']);
    expect(await service.status('/startupz')).toBe(200);
  });

  test.each([
    [
      'by setReady, if main never settles',
      `${RUN} import { porthole } from '@porthole/sdk';
      run({ main: async () => { await sayBefore(); porthole().health.setReady(true); await new Promise((r) => setTimeout(r, 60_000)); } });`,
    ],
    [
      'by setReady, if there is no main',
      `${START} const { health } = startPorthole(); await sayBefore(); health.setReady(true); setInterval(() => {}, 1000);`,
    ],
    [
      'when main has settled, if it asks for that',
      `${RUN} import { createServer } from 'node:http';
      run({ readyWhen: 'main', main: async () => { await new Promise((r) => createServer().listen(0, r)); await sayBefore(); } });`,
    ],
  ])('is ready %s', async (_, source) => {
    const service = await launch(source);
    await ready(service);
    expect(service.said()).toEqual(['before 503 503 200']);
  });

  test('and without main is ready at once, if it asks for that', async () => {
    const service = await launch(`${START} startPorthole({ readyWhen: 'main' }); setInterval(() => {}, 1000);`);
    expect(await service.status('/readyz')).toBe(200);
  });

  test('stays unready for what it has set itself', async () => {
    const service =
      await launch(`${RUN} import { porthole } from '@porthole/sdk'; import { createServer } from 'node:http';
      run({ main: () => { porthole().health.setReady(false, 'warming up'); createServer().listen(0, () => console.error('listening')); } });`);
    await eventually('the server', () => (service.said().length > 0 ? true : undefined));
    expect(await service.text('/readyz')).toBe('[-]serving failed: reason withheld\nreadyz check failed\n');
    await eventually('startup', async () => ((await service.status('/startupz')) === 200 ? true : undefined));
  });
});

test('a job is ready while it runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  folders.push(folder);
  const env = { PORTHOLE_DIR: folder };
  const source = `${RUN} run({ mode: 'job', main: () => new Promise((resolve) => setTimeout(resolve, 60_000)) });`;
  running.push(start(process.execPath, ['--input-type=module', '--eval', source], { cwd: ROOT, env }));
  await eventually('readiness', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'packages/healthcheck/probe.js'), 'ready'], { env });
    return stdout === 'ready\n' ? true : undefined;
  });
});
