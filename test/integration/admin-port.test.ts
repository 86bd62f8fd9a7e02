/**
 * The admin port with default settings, asked from outside as the kubelet, a scraper, a proxy and a bare socket ask.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, type Outcome, type Program, run, start } from '../harness/process.js';
import { freePort, parseLines } from '../harness/service.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROBE = join(ROOT, 'packages/healthcheck/probe.js');
const HAS_IPV6 = readIfThere('/proc/net/if_inet6').includes('00000000000000000000000000000001');

let folder: string;
let program: Program | undefined;
let port: number;
let env: Record<string, string>;

afterEach(async () => {
  program?.child.kill('SIGKILL');
  await program?.outcome;
  program = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const SOURCE = `
  import { startPorthole } from '@porthole/sdk';
  const { health } = startPorthole({ readyWhen: 'main' });
  health.readiness('slow', () => new Promise((resolve) => setTimeout(resolve, 400)), { cacheMs: 0 });
  process.on('SIGUSR2', () => { const end = Date.now() + 5000; while (Date.now() < end); });
  setInterval(() => {}, 1000);`;

async function launch(more: Record<string, string> = {}, ...options: string[]): Promise<Program> {
  folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  port = await freePort();
  env = { PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: String(port), ...more };
  const started = start(process.execPath, [...options, '--input-type=module', '--eval', SOURCE], { cwd: ROOT, env });
  program = started;
  await eventually(`the admin port; there is:\n${started.stdout()}`, () =>
    send('GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n').catch(() => undefined),
  );
  return started;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What comes back for `bytes` until the other side ends; `halfClosed` ends this side as soon as they are sent. */
function send(bytes: string, { halfClosed = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    let answer = '';
    socket.on('data', (piece) => (answer += piece));
    socket.on('end', () => {
      resolve(answer);
      socket.destroy();
    });
    socket.on('error', reject);
    if (halfClosed) socket.end(bytes);
    else socket.write(bytes);
  });
}

const probe = (more: Record<string, string> = {}): Promise<Outcome> =>
  run(process.execPath, [PROBE, 'live'], { env: { ...env, PORTHOLE_CONTROL: 'off', ...more } });

const logged = (text: string): Promise<boolean> =>
  eventually(`the line "${text}"`, () => {
    const lines = parseLines(program?.stdout() ?? '');
    return lines.some(({ message }) => message === text) || undefined;
  });

/** Node.js without IPv6, as on a machine whose kernel has none: to listen on \`::\` is EAFNOSUPPORT. */
const WITHOUT_IPV6 = `data:text/javascript,process.binding('tcp_wrap').TCP.prototype.bind6 = () => -97;`;

describe.each(['off', 'on'])('by default, with the watchdog %s', (watchdog) => {
  test.skipIf(!HAS_IPV6)('it listens on both families', async () => {
    await launch({ PORTHOLE_WATCHDOG: watchdog, LOG_LEVEL: 'debug' });
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/livez`)).status).toBe(200);
    }
    await logged(`the admin port is ${port}, on ::`);
  });

  test('a half-closed caller gets its answer, also from a slow check', async () => {
    await launch({ PORTHOLE_WATCHDOG: watchdog });
    for (const path of ['/livez', '/readyz', '/metrics']) {
      const answer = await send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, { halfClosed: true });
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    }
  });
});

test('a half-closed caller gets its answer from the watchdog while the event loop is blocked', async () => {
  const { child } = await launch({ PORTHOLE_WATCHDOG: 'on' });
  child.kill('SIGUSR2');
  const answer = await send('GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n', { halfClosed: true });
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain('[-]event-loop failed');
});

test('it listens on 0.0.0.0 if the machine has no IPv6, and a host that was given stays as given', async () => {
  await launch({ LOG_LEVEL: 'debug' }, '--import', WITHOUT_IPV6);
  await logged(`the admin port is ${port}, on 0.0.0.0`);
  program?.child.kill('SIGKILL');
  const own = start(process.execPath, ['--import', WITHOUT_IPV6, '--input-type=module', '--eval', SOURCE], {
    cwd: ROOT,
    env: { ...env, PORTHOLE_ADMIN_HOST: '::', PORTHOLE_STRICT: 'on' },
  });
  expect((await own.outcome).stdout).toContain('the admin server cannot listen on \\"::\\" (EAFNOSUPPORT)');
});

const HOSTS = [undefined, '0.0.0.0', '127.0.0.1', ...(HAS_IPV6 ? ['::'] : [])];

test.each(HOSTS)('both probes find it with the settings of the service: PORTHOLE_ADMIN_HOST=%s', async (host) => {
  const more: Record<string, string> = host === undefined ? {} : { PORTHOLE_ADMIN_HOST: host };
  await launch(more);
  expect(await probe(more)).toMatchObject({ code: 0, stdout: 'live\n' });
  if (process.platform !== 'linux') return;
  const machine = process.arch === 'x64' ? 'linux-amd64' : 'linux-arm64';
  const staticProbe = join(ROOT, 'packages/healthcheck/static', machine, 'healthcheck');
  expect(await run(staticProbe, ['live'], { env: { ...env, PORTHOLE_CONTROL: 'off' } })).toMatchObject({ code: 0 });
});

test.each([
  ['GET http://orders:9464/livez HTTP/1.1\r\nHost: orders:9464', 200, 'ok\n'],
  ['GET http://other.example/readyz?verbose HTTP/1.1\r\nHost: orders', 200, '[+]slow ok\nreadyz check passed\n'],
  ['GET HTTPS://[::1]:9464/readyz/slow HTTP/1.1\r\nHost: orders', 200, 'ok\n'],
  ['HEAD http://orders/livez HTTP/1.1\r\nHost: orders', 200, ''],
  ['GET http://orders/livez HTTP/1.0', 200, 'ok\n'],
  ['GET http://orders HTTP/1.1\r\nHost: orders', 404, expect.stringContaining('/livez')],
  ['GET http://orders?verbose HTTP/1.1\r\nHost: orders', 404, expect.stringContaining('/livez')],
  ['GET http://orders/livez HTTP/1.1', 400, 'refused: no Host header\n'],
  ['POST http://orders/livez HTTP/1.1\r\nHost: orders', 405, 'refused: GET and HEAD only\n'],
  ['OPTIONS * HTTP/1.1\r\nHost: orders', 405, 'refused: GET and HEAD only\n'],
])('%j is answered with %d', async (head, status, body) => {
  await launch();
  const answer = await send(`${head}\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toEqual(body);
});
