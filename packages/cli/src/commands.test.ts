import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askApp } from './control-client.js';
import { createTestApp, dist, type Ending, endingOf } from './testing/run-app.js';

/** A service with the real control server: what the commands ask. */
const app = createTestApp(
  'app.mjs',
  `
  import { createRun } from ${dist('cli', 'index.js')};
  const run = createRun(async () => {
    const { createControlServer } = await import(${dist('admin', 'index.js')});
    const { createDiagnostics } = await import(${dist('diagnostics', 'index.js')});
    const { createHealth } = await import(${dist('health', 'index.js')});
    const health = createHealth();
    if (process.env.HOSTILE) health.readiness('hostile', () => { throw new Error('a\\u202e'); });
    health.readiness('postgres', () => { if (process.env.POSTGRES === 'down') throw new Error('connection refused'); });
    const text = process.env.HOSTILE ? '#\\u001b[2J\\u009b1m\\u202e\\n' : '# metrics\\n' + 'up 1\\n'.repeat(200_000);
    const metrics = { contentType: 'text/plain', exposition: async () => text };
    const diagnostics = createDiagnostics({ serviceName: 'orders', serviceVersion: '1.4.2', settings: [] });
    const log = { info: (fields, message) => process.stdout.write(message + '\\n') };
    const control = createControlServer({ directory: process.env.PORTHOLE_DIR, health, metrics, diagnostics, logger: { level: 'info' }, log });
    await control.listen();
  });
  run({ service: 'orders', main: () => { console.log('started'); setInterval(() => {}, 60_000); } });
  `,
);

let audit = '';
let service: ChildProcess;
beforeAll(async () => {
  service = app.start([], { POSTGRES: 'down' });
  service.stderr?.pipe(process.stderr);
  await once(service.stdout as NodeJS.ReadableStream, 'data');
  service.stdout?.on('data', (chunk) => {
    audit += chunk;
  });
});
afterAll(() => app.close());

const call = (...args: string[]): Promise<Ending> => app.run(args);

describe('with a running app', () => {
  test('status is text, or JSON', async () => {
    const { code, stdout, stderr } = await call('status');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^service +orders 1\.4\.2\n/);
    const json = await call('status', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ service: 'orders', requestsInFlight: 0 });
  });

  test('health shows the checks with their reasons and has done its work', async () => {
    expect(await call('health')).toMatchObject({
      code: 0,
      stdout: '[-]postgres failed: connection refused\nreadyz check failed\n',
    });
    expect(await call('health', 'live')).toMatchObject({ code: 0, stdout: 'livez check passed\n' });
    expect(JSON.parse((await call('health', '--json')).stdout)).toMatchObject({ probe: 'ready', passed: false });
  });

  test('what the app says steers no terminal', async () => {
    const hostile = createTestApp('app.mjs', readFileSync(join(app.directory, 'app.mjs'), 'utf8'));
    const other = hostile.start([], { HOSTILE: 'on' });
    await once(other.stdout as NodeJS.ReadableStream, 'data');
    expect(await hostile.run(['metrics'])).toMatchObject({ code: 0, stdout: '#?[2J?1m?\n' });
    expect((await hostile.run(['health'])).stdout).toContain('hostile failed: a?\n');
    const { stdout } = await hostile.run(['health', '--json']);
    expect(stdout).toContain('a\\u202e');
    expect(JSON.parse(stdout).checks[0].reason).toBe('a\u202e');
    hostile.close();
  });

  test('healthcheck judges with its exit code', async () => {
    expect(await call('healthcheck')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'not ready: postgres failed (connection refused)\n',
    });
    expect(await call('healthcheck', 'live', '--timeout', '5s')).toMatchObject({ code: 0, stdout: 'live\n' });
    expect(await call('healthcheck', 'live', '--verbose')).toMatchObject({ code: 0, stdout: 'livez check passed\n' });
  });

  test.runIf(process.platform === 'linux').each([
    ['live', 0],
    ['ready', 1],
  ])('healthcheck %s exits with %i and says nothing where nothing can be written', async (name, code) => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, ['app.mjs', 'healthcheck', name, '--timeout', '5s'], {
      cwd: app.directory,
      env: { PORTHOLE_DIR: app.directory, PORTHOLE_ADMIN_PORT: 'off' },
      stdio: ['ignore', full, name === 'live' ? 'pipe' : full],
    });
    closeSync(full);
    expect(await endingOf(child)).toEqual({ code, signal: null, stdout: '', stderr: '' });
  });

  test('metrics arrive whole', async () => {
    const { code, stdout } = await call('metrics');
    expect(code).toBe(0);
    expect(stdout.length).toBe('# metrics\n'.length + 200_000 * 'up 1\n'.length);
  });

  test('a reader that goes away is no failure', async () => {
    const child = app.start(['metrics']);
    const ending = endingOf(child);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stdout, stderr } = await ending;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.length).toBeLessThan(1_000_000);
  });

  test('a reader that takes its time is not taken for an app that is silent', async () => {
    const answer = await askApp({ main: () => {}, directory: app.directory }, { path: '/v1/metrics' }, 100);
    await once(answer.socket, 'timeout');
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) bytes += chunk.length;
    expect(bytes).toBe('# metrics\n'.length + 200_000 * 'up 1\n'.length);
  });

  test('an app that says nothing is not waited for without end', async () => {
    const { pid } = service;
    service.kill('SIGSTOP');
    try {
      const answer = askApp({ main: () => {}, directory: app.directory }, { path: '/v1/status' }, 100);
      await expect(answer).rejects.toMatchObject({
        code: 'PORTHOLE_APP_SILENT',
        message: `the app with pid ${pid} has not answered for 0.1 s: its event loop may be blocked`,
      });
    } finally {
      service.kill('SIGCONT');
    }
  });

  test('log-level is shown and set', async () => {
    expect(await call('log-level')).toMatchObject({ code: 0, stdout: 'info\n' });
    expect(await call('log-level', 'debug')).toMatchObject({ code: 0, stdout: 'info -> debug\n' });
    expect(await call('log-level')).toMatchObject({ code: 0, stdout: 'debug\n' });
  });

  test('each command leaves a line in the log of the app, and a probe none', async () => {
    audit = '';
    await call('healthcheck');
    await call('status');
    await call('log-level', 'warn');
    expect(audit).toBe('control: status\ncontrol: log-level warn\n');
  });
});
