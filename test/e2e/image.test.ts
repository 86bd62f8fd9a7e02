/** The images, locked down as the promises say, and looked at the way Docker and people do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExample, type Container, docker, dockerOutcome, LOCKED_DOWN, startContainer } from '../harness/docker.js';
import { engineExec } from '../harness/engine.js';
import { eventually } from '../harness/process.js';

const BUNDLE = 'porthole-test/orders:bundle';
const MODULES = 'porthole-test/orders:modules';
const DEBUG = 'porthole-test/orders:debug';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const MIB = 1024 * 1024;

/** Probes more often than an image should, so that a test need not wait. */
const FAST_PROBES = ['--health-interval=1s', '--health-retries=2', '--health-start-period=1s'];

beforeAll(async () => {
  await buildExample('bundle', BUNDLE);
  await buildExample('modules', MODULES);
  await buildExample('debug', DEBUG);
});

describe('the bundled image', () => {
  test('has an application layer of 3 MB at most', async () => {
    // Newest first: the COPY of the application is the only layer of the Dockerfile that holds files.
    const history = await docker('history', '--human=false', '--no-trunc', '--format={{.Size}} {{.CreatedBy}}', BUNDLE);
    const layer = history.split('\n').find((line) => line.includes('COPY /app'));
    expect(layer).toBeDefined();
    expect(Number(layer?.split(' ')[0])).toBeGreaterThan(0);
    expect(Number(layer?.split(' ')[0])).toBeLessThanOrEqual(3_000_000);
  });

  test('keeps the entry file to the probe and little more, with the service in chunks of its own', async () => {
    const files = await docker('run', '--rm', '--entrypoint=/busybox/ls', DEBUG, '-l', '/app');
    const sizes = new Map(
      files
        .split('\n')
        .slice(1)
        .map((line) => [line.split(/\s+/)[8], Number(line.split(/\s+/)[4])]),
    );
    expect(sizes.get('app.js')).toBeGreaterThan(0);
    expect(sizes.get('app.js')).toBeLessThan(32 * 1024);
    expect(Math.max(...[...sizes.values()].filter(Number.isFinite))).toBeGreaterThan(100 * 1024);
  });

  test('says what it is, runs as nonroot and is probed in exec form', async () => {
    const config = JSON.parse(await docker('inspect', '--format={{json .Config}}', BUNDLE));
    expect(config.User).toBe('nonroot');
    expect(config.Entrypoint).toEqual(['/nodejs/bin/node']);
    expect(config.Healthcheck.Test).toEqual(['CMD', '/nodejs/bin/node', '/app/app.js', 'healthcheck']);
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'orders',
      'org.opencontainers.image.version': '0.1.0',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });
});

describe.each([
  ['bundle', BUNDLE],
  ['modules', MODULES],
])('the service in the image with target %s', (_target, image) => {
  let container: Container;

  beforeAll(async () => {
    container = await startContainer(image, [...LOCKED_DOWN, ...FAST_PROBES]);
    await container.untilHealth('healthy');
  });

  afterAll(() => container?.remove());

  test('has no shell', async () => {
    for (const shell of ['sh', '/bin/sh', 'bash', '/busybox/sh']) {
      const outcome = await dockerOutcome('exec', container.id, shell, '-c', 'true');
      expect(outcome.code, shell).not.toBe(0);
      expect(outcome.stdout + outcome.stderr).toMatch(/executable file not found|no such file/);
    }
  });

  test('serves requests, and gives out a log line and an observation for each', async () => {
    const headers = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };
    expect((await fetch(`http://${container.address}:3000/orders`, { headers })).status).toBe(200);
    const line = await eventually('the log line', async () =>
      (await container.logs()).split('\n').find((text) => text.includes(TRACE_ID)),
    );
    expect(JSON.parse(line)).toMatchObject({ 'service.name': 'orders', 'http.route': '/orders', trace_id: TRACE_ID });
    const metrics = await (await fetch(`http://${container.address}:9464/metrics`)).text();
    expect(metrics).toMatch(/^http_server_request_duration_seconds_count\{.*http_route="\/orders".*\} [1-9]/m);
    expect(metrics).toContain(`porthole_container_memory_limit_bytes ${256 * MIB}`);
  });

  test('is looked at by sub-commands from inside', async () => {
    const status = await container.command('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ pid: 1 });
    expect((await container.command('health')).stdout).toContain('[+]store ok');
    expect((await container.command('metrics')).stdout).toContain('process_resident_memory_bytes');
    expect((await container.command('log-level', 'debug')).code).toBe(0);
    expect((await container.command('nonsense')).code).toBe(64);
  });

  test('answers a thousand probes at once, serves meanwhile, and is still healthy', async () => {
    const statusOf = async (port: number, path: string): Promise<number> => {
      const answer = await fetch(`http://${container.address}:${port}${path}`, { headers: { connection: 'close' } });
      await answer.text();
      return answer.status;
    };
    const probes = Array.from({ length: 1000 }, (_, i) => statusOf(9464, i % 2 === 0 ? '/readyz' : '/livez'));
    expect(await statusOf(3000, '/orders')).toBe(200);
    expect((await Promise.all(probes)).filter((status) => status === 200)).toHaveLength(1000);
    await container.untilHealth('healthy');
  });

  test('survives pipelined requests of 100 callers that read nothing, in its 256 MB', async () => {
    const started = await docker('inspect', '--format={{.State.StartedAt}}', container.id);
    const callers = Array.from({ length: 100 }, () => {
      const socket = connect(9464, container.address);
      socket.on('error', () => {});
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nHost: orders\r\n\r\n'.repeat(1800));
      return socket;
    });
    try {
      for (let i = 0; i < 40; i++) {
        const answer = await fetch(`http://${container.address}:3000/orders`, { headers: { connection: 'close' } });
        expect(answer.status).toBe(200);
        await sleep(100);
      }
    } finally {
      for (const socket of callers) socket.destroy();
    }
    const state = await docker('inspect', '--format={{.State.OOMKilled}} {{.State.StartedAt}}', container.id);
    expect(state).toBe(`false ${started}`);
    await container.untilHealth('healthy');
  });

  test('becomes unhealthy when it is told to fail, and healthy again', async () => {
    const setStore = (available: boolean): Promise<Response> =>
      fetch(`http://${container.address}:3000/store`, {
        method: 'PUT',
        body: JSON.stringify({ available }),
        headers: { 'content-type': 'application/json' },
      });
    await setStore(false);
    await container.untilHealth('unhealthy');
    expect((await container.healthLog()).at(-1)).toMatchObject({
      ExitCode: 1,
      Output: expect.stringContaining('store'),
    });
    await setStore(true);
    await container.untilHealth('healthy');
  });

  test('stops within 3 seconds with status 0', async () => {
    const start = performance.now();
    await docker('stop', container.id);
    const elapsedMs = performance.now() - start;
    expect(await container.inspect('{{.State.ExitCode}}')).toBe('0');
    expect(elapsedMs).toBeLessThan(3000);
  });
});

describe('the debug image', () => {
  test('has a shell beside the same service', async () => {
    const container = await startContainer(DEBUG, [...LOCKED_DOWN, ...FAST_PROBES]);
    try {
      await container.untilHealth('healthy');
      expect(await docker('exec', container.id, '/busybox/sh', '-c', 'echo here')).toBe('here');
    } finally {
      await container.remove();
    }
  });
});

/** Asks every control socket it can see, as a neighbour would who has read how the proof works. */
const INTRUDER = `
const { readdirSync } = require('node:fs');
const { request } = require('node:http');
for (const directory of readdirSync('/dev/shm').filter((name) => name.startsWith('porthole-'))) {
  for (const name of readdirSync('/dev/shm/' + directory).filter((name) => name.endsWith('.sock'))) {
    const socketPath = '/dev/shm/' + directory + '/' + name;
    const headers = { 'porthole-proof': '0'.repeat(64) };
    request({ socketPath, path: '/v1/status', headers }, (answer) => console.log(answer.statusCode)).end();
  }
}`;

describe('a container that shares /dev/shm and the uid', () => {
  test('gets nothing on the control socket', async () => {
    const owner = await startContainer(BUNDLE, [...LOCKED_DOWN, ...FAST_PROBES, '--ipc=shareable']);
    try {
      await owner.untilHealth('healthy');
      const neighbour = (...args: string[]) =>
        dockerOutcome('run', '--rm', ...LOCKED_DOWN, `--ipc=container:${owner.id}`, BUNDLE, ...args);
      expect((await neighbour('/app/app.js', 'status')).code).toBe(69);
      expect((await neighbour('-e', INTRUDER)).stdout.trim()).toBe('403');
      expect((await owner.command('status')).code).toBe(0);
    } finally {
      await owner.remove();
    }
  });
});

/** A service with an entry file of its own, whose event loop is blocked two seconds after it has started. */
const BLOCKING = `
import { startPorthole } from '@porthole/sdk';
startPorthole({ service: 'stuck' });
setTimeout(() => { for (;;); }, 2000);
setInterval(() => {}, 1000);
`;

// On a machine that has no time for it, it waits for the CPU.
describe('a service whose event loop is blocked', () => {
  let container: Container;
  const probe = (...args: string[]) =>
    dockerOutcome('exec', container.id, '/nodejs/bin/node', 'node_modules/@porthole/healthcheck/probe.js', ...args);

  beforeAll(async () => {
    container = await startContainer(MODULES, LOCKED_DOWN, ['--input-type=module', '--eval', BLOCKING]);
  });

  afterAll(() => container?.remove());

  test('is told of as such, and lives until it has been blocked for too long', async () => {
    await eventually('the blocked event loop', async () =>
      (await probe('ready')).stderr.includes('event loop blocked') ? true : undefined,
    );
    const busy = await probe('live', '--blocked-for', '60s');
    expect(busy).toMatchObject({ code: 0, stderr: '' });
    expect(busy.stdout).toMatch(
      /^live, but busy: event loop blocked for \d+\.\d s \(pid 1 is (running on|waiting for) the CPU\)\n$/,
    );

    const dead = await eventually('the end of its patience', async () => {
      const outcome = await probe('live', '--blocked-for', '3s');
      return outcome.code === 0 ? undefined : outcome;
    });
    expect(dead).toMatchObject({ code: 1, stdout: '' });
    expect(dead.stderr).toMatch(
      /^not live: event loop blocked for \d+\.\d s \(pid 1 is (running on|waiting for) the CPU\)\n$/,
    );
  });
});

/** Not ready the first times that it is asked. */
const WARMING_UP = `
import { startPorthole } from '@porthole/sdk';
const { health } = startPorthole({ service: 'warming-up', readyWhen: 'main' });
let asked = 0;
health.readiness('warm-up', () => {
  if (asked++ < 3) throw new Error('still warming up');
}, { cacheMs: 0 });
setInterval(() => {}, 1000);
`;

describe('a service that warms up', () => {
  test.each([
    // 0 would be the image's own.
    ['1ms', ['health_status: unhealthy', 'health_status: healthy']],
    ['60s', ['health_status: healthy']],
  ])('is seen by Docker with a start period of %s', async (startPeriod, states) => {
    const often = ['--health-interval=1s', '--health-retries=1', `--health-start-period=${startPeriod}`];
    const container = await startContainer(
      MODULES,
      [...LOCKED_DOWN, ...often],
      ['--input-type=module', '--eval', WARMING_UP],
    );
    try {
      await container.untilHealth('healthy');
      expect((await container.healthLog())[0]?.Output).toMatch(/^not ready: warm-up failed \(still warming up\)\n$/);
      const seen = await eventually("Docker's events", async () => {
        const soFar = await container.healthStates();
        return soFar.includes('health_status: healthy') ? soFar : undefined;
      });
      expect(seen).toEqual(states);
    } finally {
      await container.remove();
    }
  });
});

/** In the container, as the kubelet does it for a week: one probe after the other. */
const MANY_PROBES = 10_000;
/** By the Engine, of each kind; 1,000 take a minute or two. */
const ENGINE_PROBES = Number(process.env.PORTHOLE_ENGINE_PROBES ?? 500);
/** For all but the probes by the Engine: a limit that ends a hung test. */
const LONG_MS = 180_000;
const PROBING = `
const { spawnSync } = require('node:child_process');
const [count, ...command] = process.argv.slice(1);
let failed = 0;
for (let i = 0; i < count; i++) if (spawnSync(command[0], command.slice(1)).status !== 0) failed++;
console.log(failed);`;

describe('the static probe', () => {
  const PROBE = 'porthole-test/probe';
  const STATIC = 'porthole-test/orders:static';
  let folder: string;
  let container: Container;

  beforeAll(async () => {
    await docker('build', '--file=docker/probe/Dockerfile', `--tag=${PROBE}`, '.');
    folder = mkdtempSync(join(tmpdir(), 'static-'));
    const lines = [
      `FROM ${BUNDLE}`,
      `COPY --from=${PROBE} /healthcheck /healthcheck`,
      'HEALTHCHECK --interval=1s --timeout=1s --retries=1 CMD ["/healthcheck"]',
    ];
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
    await docker('build', `--tag=${STATIC}`, folder);
    container = await startContainer(STATIC, LOCKED_DOWN);
  });

  afterAll(async () => {
    await container?.remove();
    rmSync(folder, { recursive: true });
  });

  /** Docker's own record of a probe that failed in its time-out. */
  const failureLike = (pattern: RegExp): Promise<true> =>
    eventually(
      String(pattern),
      async () =>
        (await container.healthLog()).some(({ ExitCode, Output }) => ExitCode === 1 && pattern.test(Output)) ||
        undefined,
    );

  test('finds the service in the image, and says why it is not ready', async () => {
    await container.untilHealth('healthy');
    expect(await docker('exec', container.id, '/healthcheck', 'live')).toBe('live');
    await fetch(`http://${container.address}:3000/store`, {
      method: 'PUT',
      body: JSON.stringify({ available: false }),
      headers: { 'content-type': 'application/json' },
    });
    await container.untilHealth('unhealthy');
    await failureLike(/^not ready: store failed \(.+\)\n$/);
  });

  test('leaves nothing behind where it asks 10,000 times, and by the Engine again and again, the sub-command as well', {
    timeout: LONG_MS + ENGINE_PROBES * 300,
  }, async () => {
    // Docker's own probes would come and go while processes and descriptors are counted.
    const quiet = await startContainer(STATIC, [...LOCKED_DOWN, '--no-healthcheck']);
    const exec = (...command: string[]): Promise<string> => docker('exec', quiet.id, ...command);
    const node = (...args: string[]): Promise<string> => exec('/nodejs/bin/node', ...args);
    const probeOften = async (count: number): Promise<void> =>
      expect(await node('-e', PROBING, String(count), '/healthcheck', 'live')).toBe('0');
    const open = async (): Promise<number> => Number(await node('-p', "fs.readdirSync('/proc/1/fd').length"));
    const rss = async (): Promise<number> =>
      JSON.parse((await quiet.command('status', '--json')).stdout).memory.residentBytes;
    try {
      await eventually('the service', async () => (await exec('/healthcheck', 'live')) || undefined);
      await probeOften(2000);
      const [openBefore, rssBefore] = [await open(), await rss()];
      await probeOften(MANY_PROBES);
      let failed = 0;
      for (let i = 0; i < ENGINE_PROBES; i++) {
        failed += await engineExec(quiet.id, ['/healthcheck', 'live']);
        failed += await engineExec(quiet.id, ['/nodejs/bin/node', '/app/app.js', 'healthcheck', 'live']);
      }
      expect(failed).toBe(0);

      expect((await docker('top', quiet.id, '-eo', 'pid,stat')).split('\n').slice(1)).toEqual([
        expect.stringMatching(/^\d+\s+S/),
      ]);
      expect(await open()).toBe(openBefore);
      expect((await rss()) - rssBefore).toBeLessThan(8 * MIB);
    } finally {
      await quiet.remove();
    }
  });

  test("says why in Docker's shortest time-out where a service is stopped", async () => {
    await docker('kill', '--signal=STOP', container.id);
    const outcome = await eventually('a stopped service', async () => {
      const { code, stderr } = await dockerOutcome('exec', container.id, '/healthcheck', 'live', '--blocked-for', '2s');
      return code === 0 ? undefined : stderr;
    });
    expect(outcome).toMatch(/^not live: event loop blocked for \d+\.\d s \(pid 1 is stopped\)\n$/);
    await failureLike(/^not ready: event loop blocked for \d+\.\d s \(pid 1 is stopped\)\n$/);
    await docker('kill', '--signal=CONT', container.id);
  });
});
