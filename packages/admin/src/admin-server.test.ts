import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { unrecordedServers } from '@porthole/core/internal';
import { createHealth, type Health } from '@porthole/health';
import { createMetrics, type Metrics } from '@porthole/metrics';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AdminServer, createAdminServer } from './admin-server.js';
import { send, type TestAnswer } from './testing/http-request.js';

const host = '127.0.0.1';
let health: Health;
let metrics: Metrics;
let admin: AdminServer;

beforeEach(async () => {
  health = createHealth();
  metrics = createMetrics({ resource: { 'service.name': 'orders' } });
  admin = createAdminServer({ port: 0, host, health, metrics });
  await admin.listen();
});
afterEach(async () => {
  await admin.close();
  metrics.close();
  health.close();
});

function get(path: string, method = 'GET'): Promise<TestAnswer> {
  return send({ host, port: admin.address?.port, path, method });
}

const refusePostgres = (): void => {
  health.readiness('postgres', () => {
    throw new Error('connect ECONNREFUSED 10.0.0.7:5432');
  });
};

describe('a probe', () => {
  test.each(['/livez', '/readyz', '/startupz', '/healthz'])('%s is 200 and "ok" where nothing fails', async (path) => {
    expect(await get(path)).toMatchObject({
      status: 200,
      body: 'ok\n',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  test('that fails is 503, names the checks and withholds the reasons', async () => {
    refusePostgres();
    const answer = await get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.body).toBe('[-]postgres failed: reason withheld\nreadyz check failed\n');
    expect((await get('/readyz?verbose')).body).toBe(answer.body);
    expect((await get('/livez')).status).toBe(200);
  });

  test('asked for by a thousand at once answers them all, by one execution of each check', async () => {
    let executions = 0;
    const check = async (): Promise<void> => {
      executions++;
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    health.readiness('postgres', check, { cacheMs: 60_000 });
    const answers = await Promise.all(Array.from({ length: 1000 }, () => get('/readyz')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1000);
    expect(executions).toBe(1);
  });

  test('leaves out the checks that are excluded', async () => {
    refusePostgres();
    health.readiness('cache', () => {});
    const answer = await get('/readyz?verbose&exclude=postgres');
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toBe('[+]postgres excluded: ok\n[+]cache ok\nreadyz check passed\n');
  });

  test('warns of exclusions that name no check, also where all is well', async () => {
    health.readiness('cache', () => {});
    const warning = 'warn: some health checks cannot be excluded: no matches for "nope", "nada"\n';
    expect(await get('/readyz?exclude=nope&exclude=nada&exclude=cache')).toMatchObject({
      status: 200,
      body: `ok\n${warning}`,
    });
    expect((await get('/readyz?verbose&exclude=nope&exclude=nada')).body).toBe(
      `[+]cache ok\n${warning}readyz check passed\n`,
    );
  });

  test('can be asked for one check', async () => {
    refusePostgres();
    health.readiness('cache', () => {});
    expect(await get('/readyz/cache')).toMatchObject({ status: 200, body: 'ok\n' });
    expect((await get('/readyz/postgres')).status).toBe(503);
    expect(await get('/readyz/unheard-of')).toMatchObject({ status: 404, body: 'not found: no such check or group\n' });
  });

  test('can be asked for the checks of a group', async () => {
    health.readiness('postgres', () => false, { groups: ['databases'] });
    health.readiness('redis', () => {}, { groups: ['databases', 'caches'] });
    health.readiness('disk', () => {});
    expect((await get('/readyz/databases?verbose')).body).toBe(
      '[-]postgres failed: reason withheld\n[+]redis ok\nreadyz check failed\n',
    );
    expect(await get('/readyz/caches')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test.each(['application/health+json', 'application/json'])('comes as JSON to who accepts %s', async (accept) => {
    refusePostgres();
    health.readiness('cache', () => {});
    const headers = { accept: `text/html, ${accept.toUpperCase()};q=0.9` };
    const answer = await send({ host, port: admin.address?.port, path: '/readyz?exclude=nope', headers });
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toBe(accept);
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 'fail',
      checks: { postgres: [{ status: 'fail' }], cache: [{ status: 'pass' }] },
      notes: ['some health checks cannot be excluded: there are none of these names'],
    });
    expect(answer.body).not.toContain('10.0.0.7');
  });

  test('comes as text to who accepts anything', async () => {
    for (const accept of ['*/*', 'application/json;q=0.1, text/plain', 'application/json;q=0']) {
      const answer = await send({ host, port: admin.address?.port, path: '/readyz', headers: { accept } });
      expect(answer.body).toBe('ok\n');
    }
  });

  test('by HEAD has the status and no body', async () => {
    refusePostgres();
    expect(await get('/readyz', 'HEAD')).toMatchObject({ status: 503, body: '' });
  });
});

describe('a service that drains', () => {
  test('is not ready and alive, whatever else is asked of it', async () => {
    health.readiness('db', () => {}, { groups: ['databases'] });
    health.startDraining();
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: '[-]serving failed: reason withheld\n[+]db ok\nreadyz check failed\n',
    });
    expect((await get('/healthz')).status).toBe(503);
    for (const path of ['/livez', '/startupz', '/readyz/databases']) expect((await get(path)).status).toBe(200);
  });
});

describe('where every dependency hangs', () => {
  test('all who ask are answered, and each check runs once', async () => {
    let runs = 0;
    const hang = (): Promise<never> => {
      runs++;
      return new Promise(() => {});
    };
    for (const name of ['postgres', 'redis', 'search']) health.readiness(name, hang, { timeoutMs: 100 });
    const probes = await Promise.all(Array.from({ length: 90 }, (_, i) => get(i % 3 === 0 ? '/livez' : '/readyz')));
    probes.forEach(({ status, body }, i) => {
      expect(status).toBe(i % 3 === 0 ? 200 : 503);
      expect(body).toContain(i % 3 === 0 ? 'ok' : '[-]search failed: reason withheld');
    });
    expect(runs).toBe(3);
  });
});

test('an answer is at most 4 KB, in each of its forms', async () => {
  for (let i = 0; i < 300; i++) health.readiness(`check-${i}-${'x'.repeat(40)}`, () => i % 2 === 0);
  for (const accept of ['text/plain', 'application/json', 'application/health+json']) {
    const path = `/readyz?verbose&${'exclude=nope&'.repeat(200)}`;
    const answer = await send({ host, port: admin.address?.port, path, headers: { accept } });
    expect(answer.status).toBe(503);
    expect(Buffer.byteLength(answer.body)).toBeLessThanOrEqual(4096);
  }
});

test('the metrics come in the format that they say', async () => {
  const answer = await get('/metrics');
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe(metrics.contentType);
  expect(answer.body).toContain('process_start_time_seconds');
});

test('a path that is not there is told which are', async () => {
  expect(await get('/v1/status')).toMatchObject({
    status: 404,
    body: 'not found: here are /livez, /readyz, /startupz, /healthz and /metrics\n',
  });
  expect((await get('/readyz/a/b')).status).toBe(404);
});

test('what fails behind a route is a 500 without details', async () => {
  const failing = createAdminServer({
    port: 0,
    host,
    health,
    metrics: { contentType: 'text/plain', exposition: () => Promise.reject(new Error('secret')) },
  });
  const { port } = await failing.listen();
  expect(await send({ host, port, path: '/metrics' })).toMatchObject({ status: 500, body: 'internal error\n' });
  await failing.close();
});

describe('listening', () => {
  test('on a busy port is refused with the port and what to set', async () => {
    const other = createServer().listen(0, host);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const late = createAdminServer({ port, host, health, metrics });
    await expect(late.listen()).rejects.toMatchObject({
      code: 'PORTHOLE_ADMIN_PORT_IN_USE',
      message: `port ${port} on 127.0.0.1 is in use: set PORTHOLE_ADMIN_PORT to a free port, to 0 for any, or to "off"`,
    });
    expect(late.address).toBeUndefined();
    await late.close();
    other.close();
  });

  test('on an address of another machine is refused with the setting', async () => {
    const elsewhere = createAdminServer({ port: 0, host: '192.0.2.1', health, metrics });
    await expect(elsewhere.listen()).rejects.toMatchObject({
      code: 'PORTHOLE_ADMIN_HOST_UNUSABLE',
      message: expect.stringContaining('PORTHOLE_ADMIN_HOST'),
    });
  });

  test('ends with close, and connections that never sent a request end with it', async () => {
    const { port } = admin.address as { port: number };
    const silent = connect(port, host);
    await once(silent, 'connect');
    const ended = once(silent, 'close');
    await admin.close();
    await ended;
    expect(admin.address).toBeUndefined();
    await expect(get('/livez')).rejects.toThrow();
    await admin.close();
  });

  test('does not keep a process alive that has nothing else to do', () => {
    const source = `
      const { createAdminServer } = require('@porthole/admin');
      const admin = createAdminServer({ port: 0, host: '127.0.0.1', health: {}, metrics: {} });
      admin.listen().then(({ port }) => {
        const socket = require('node:net').connect(port, '127.0.0.1').unref();
        socket.on('connect', () => console.log('connected'));
        setTimeout(() => {}, 100);
      });
    `;
    const { status, stdout } = spawnSync(process.execPath, ['-e', source], { encoding: 'utf8', timeout: 15_000 });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'connected\n' });
  });
});

test('the request instrumentation can tell the server from those of the application', async () => {
  const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
  const seen: boolean[] = [];
  const onStart = (message: unknown): void => {
    seen.push(unrecordedServers.has((message as { server: object }).server));
  };
  subscribe('http.server.request.start', onStart);
  await get('/livez');
  unsubscribe('http.server.request.start', onStart);
  expect(seen).toEqual([true]);
});
