/** What can be asked of the running example: by probes over TCP, and by sub-commands from another process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_LINES, permissionOptions } from '../harness/node-lines.js';
import { eventually, type Outcome, run } from '../harness/process.js';
import { APP, freePort, type Service, startExample } from '../harness/service.js';

let service: Service;

beforeAll(async () => {
  service = await startExample();
});

afterAll(() => service.dispose());

function setStore(available: boolean): Promise<Response> {
  const body = JSON.stringify({ available });
  return fetch(`${service.url}/store`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
}

/** One line, and no stack trace. */
function expectOneLine(text: string): void {
  expect(text).not.toBe('');
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  expect(text).not.toMatch(/^\s+at /m);
}

describe('the admin port', () => {
  test.each(['/livez', '/readyz', '/startupz', '/healthz'])('answers %s', async (path) => {
    const answer = await fetch(service.adminUrl + path);
    expect(answer.status).toBe(200);
  });

  test('has no privileged route', async () => {
    for (const path of ['/v1/status', '/v1/log-level', '/v1/metrics']) {
      expect((await fetch(service.adminUrl + path)).status).toBe(404);
    }
    expect((await fetch(`${service.adminUrl}/livez`, { method: 'POST' })).status).toBe(405);
  });
});

/** Prints, at its end, which of Node's own modules that are dear to load a program has loaded. */
const MODULES = [
  "const dear = new Set(['net', 'stream', 'http', 'os', 'crypto', 'internal/util/parse_args/parse_args', 'internal/fs/streams', 'internal/perf/observe']);",
  'const before = process.moduleLoadList.length;',
  "const names = () => process.moduleLoadList.slice(before).map((entry) => entry.replace(/^NativeModule /, ''));",
  "process.on('exit', () => require('node:fs').writeSync(2, names().filter((name) => dear.has(name)).join(' ')));",
].join('\n');

describe('healthcheck', () => {
  test('exits 0 while the service is ready', async () => {
    const outcome = await service.command('healthcheck');
    expect(outcome).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
  });

  describe.each(NODE_LINES)('by Node.js $major', (line) => {
    const probe = (...options: readonly string[]): Promise<Outcome> =>
      run(line.program, [...options, APP, 'healthcheck'], { env: service.env });

    test('loads neither node:net nor streams, whose loading costs more than the question', async () => {
      const file = join(service.folder, 'modules.cjs');
      writeFileSync(file, MODULES);
      expect(await probe('--require', file)).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
    });

    test('takes node:net where Node.js would warn of its handles or refuses them', async () => {
      const warning = await probe('--pending-deprecation');
      expect(warning).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
      const refusing = await probe(...permissionOptions(line));
      expect(refusing).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
    });
  });

  test('exits 1 with the reason in one line while it is not ready, and 0 for liveness', async () => {
    await setStore(false);
    try {
      // Not at once: the result of a check is kept for a second.
      const ready = await eventually('a probe that fails', async () => {
        const outcome = await service.command('healthcheck');
        return outcome.code === 0 ? undefined : outcome;
      });
      expect(ready.code).toBe(1);
      expectOneLine(ready.stderr);
      expect(ready.stderr).toContain('store');
      expect((await service.command('healthcheck', 'live')).code).toBe(0);
    } finally {
      await setStore(true);
    }
  });

  test('exits 1 with the reason in one line when nothing runs', async () => {
    const env = { ...service.env, PORTHOLE_ADMIN_PORT: String(await freePort()), PORTHOLE_DIR: '/nonexistent' };
    const outcome = await run(process.execPath, [APP, 'healthcheck'], { env });
    expect(outcome.code).toBe(1);
    expectOneLine(outcome.stderr);
    expect(outcome.stderr).toContain('PORTHOLE_ADMIN_PORT');
  });

  test('exits 1 with the reason in one line when the service hangs', async () => {
    const hanging = await startExample();
    try {
      hanging.child.kill('SIGSTOP');
      const outcome = await hanging.command('healthcheck', '--timeout', '300ms');
      expect(outcome.code).toBe(1);
      expectOneLine(outcome.stderr);
    } finally {
      hanging.child.kill('SIGCONT');
      await hanging.dispose();
    }
  });

  test('asks by the control socket where the admin port is off', async () => {
    const hidden = await startExample({ PORTHOLE_ADMIN_PORT: 'off' });
    try {
      expect((await hidden.command('healthcheck')).code).toBe(0);
    } finally {
      await hidden.dispose();
    }
  });
});

describe('sub-commands', () => {
  test('help lists them all, with status 0, and starts nothing', async () => {
    const outcome = await service.command('help');
    expect(outcome.code).toBe(0);
    for (const name of ['healthcheck', 'status', 'health', 'metrics', 'log-level', 'config', 'version', 'help']) {
      expect(outcome.stdout).toMatch(new RegExp(`^\\s+${name}\\b`, 'm'));
    }
  });

  test('a word that is none exits 64 with a suggestion and starts nothing', async () => {
    const outcome = await service.command('helthcheck');
    expect(outcome.code).toBe(64);
    expectOneLine(outcome.stderr);
    expect(outcome.stderr).toContain('healthcheck');
    expect(outcome.stdout).toBe('');
  });

  test('a wrong option exits 64 with one line', async () => {
    const outcome = await service.command('status', '--jsno');
    expect(outcome.code).toBe(64);
    expectOneLine(outcome.stderr);
  });

  test('status tells who runs there', async () => {
    const text = await service.command('status');
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('orders');
    const json = await service.command('status', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ pid: service.pid });
  });

  test('health shows each check with its reason', async () => {
    const outcome = await service.command('health');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('[+]store ok');
  });

  test('metrics prints what the scraper gets', async () => {
    const outcome = await service.command('metrics');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('# TYPE http_server_request_duration_seconds histogram');
  });

  test('log-level shows and changes the level while the service runs, and leaves an audit line', async () => {
    expect((await service.command('log-level')).stdout.trim()).toBe('info');
    expect((await service.command('log-level', 'debug')).code).toBe(0);
    expect((await service.command('log-level')).stdout.trim()).toBe('debug');
    await service.command('log-level', 'info');
    const audit = await service.linesLike((line) => String(line.message).includes('log-level debug'));
    expect(audit.length).toBeGreaterThan(0);
  });

  test('log-level refuses what is no level', async () => {
    const outcome = await service.command('log-level', 'loud');
    expect(outcome.code).toBe(64);
    expectOneLine(outcome.stderr);
    expect(outcome.stderr).toContain('loud');
  });

  test('exit 69 when no app runs', async () => {
    const outcome = await run(process.execPath, [APP, 'status'], { env: { PORTHOLE_DIR: '/nonexistent' } });
    expect(outcome.code).toBe(69);
    expectOneLine(outcome.stderr);
  });
});
