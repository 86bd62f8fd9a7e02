import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  certificateCheck,
  containerMemoryCheck,
  diskCheck,
  dnsCheck,
  eventLoopCheck,
  heapCheck,
  heartbeatCheck,
  httpCheck,
  tcpCheck,
} from './checks.js';
import type { HealthCheck } from './index.js';
import { makeCertificate } from './testing/certificate.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const run = async (check: HealthCheck, signal: AbortSignal = new AbortController().signal): Promise<unknown> =>
  check({ signal });

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  cleanUps.pop();
  return port;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'checks-'));
  cleanUps.push(() => rmSync(path, { recursive: true }));
  return path;
}

describe('the event loop', () => {
  test('that turns is well', async () => {
    await run(eventLoopCheck({ maxDelayMs: 10_000, maxUtilization: 0.999999 }));
  });

  test('that is blocked is late', async () => {
    const checked = run(eventLoopCheck({ maxDelayMs: 20 }));
    const end = Date.now() + 100;
    while (Date.now() < end);
    await expect(checked).rejects.toThrow(/^the event loop is \d+ ms late, 20 are allowed$/);
  });

  test('that has been busy since the last time is too busy', async () => {
    const check = eventLoopCheck({ maxDelayMs: 60_000, maxUtilization: 0.001 });
    const end = Date.now() + 50;
    while (Date.now() < end);
    await expect(run(check)).rejects.toThrow(/^the event loop is busy for \d+ % of its time, 0 % are allowed$/);
  });

  test('is not waited for after the check has been given up', async () => {
    await expect(run(eventLoopCheck(), AbortSignal.abort())).rejects.toThrow();
  });
});

describe('memory', () => {
  test('of the heap', async () => {
    await run(heapCheck());
    await expect(run(heapCheck({ maxRatio: 0.0001 }))).rejects.toThrow(
      /^the heap uses \d+ of \d+ MB, 0 % are allowed$/,
    );
  });

  test('of the container, in version 1 of cgroups', async () => {
    const cgroupRoot = folder();
    mkdirSync(join(cgroupRoot, 'memory'));
    const write = (file: string, text: string): void => writeFileSync(join(cgroupRoot, 'memory', file), text);
    write('memory.usage_in_bytes', String(95 * 2 ** 20));
    write('memory.limit_in_bytes', '9223372036854771712');
    await run(containerMemoryCheck({ cgroupRoot }));
    write('memory.limit_in_bytes', String(100 * 2 ** 20));
    await expect(run(containerMemoryCheck({ cgroupRoot }))).rejects.toThrow(
      'the container uses 95 of 100 MB, 90 % are allowed',
    );
    write('memory.stat', `inactive_file 1\ntotal_inactive_file ${10 * 2 ** 20}\n`);
    await run(containerMemoryCheck({ cgroupRoot }));
  });

  test('of the container, in version 2 of cgroups', async () => {
    const cgroupRoot = folder();
    await run(containerMemoryCheck({ cgroupRoot }));
    writeFileSync(join(cgroupRoot, 'cgroup.controllers'), 'memory\n');
    writeFileSync(join(cgroupRoot, 'memory.current'), String(95 * 2 ** 20));
    writeFileSync(join(cgroupRoot, 'memory.max'), 'max');
    await run(containerMemoryCheck({ cgroupRoot }));
    writeFileSync(join(cgroupRoot, 'memory.max'), String(100 * 2 ** 20));
    await expect(run(containerMemoryCheck({ cgroupRoot }))).rejects.toThrow(
      'the container uses 95 of 100 MB, 90 % are allowed',
    );
    writeFileSync(join(cgroupRoot, 'memory.stat'), `inactive_file ${10 * 2 ** 20}`);
    await run(containerMemoryCheck({ cgroupRoot }));
  });
});

test('disk space', async () => {
  const path = folder();
  await run(diskCheck({ path, minFreeBytes: 1 }));
  await expect(run(diskCheck({ path, minFreeBytes: 2 ** 60 }))).rejects.toThrow(
    /^.+ has \d+ MB free, 1099511627776 are needed$/,
  );
  await expect(run(diskCheck({ path: join(path, 'missing') }))).rejects.toThrow('ENOENT');
});

describe('a dependency', () => {
  test('over TCP takes a connection or does not', async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    await run(tcpCheck({ host: '127.0.0.1', port }));
    const nobody = await freePort();
    await expect(run(tcpCheck({ host: '127.0.0.1', port: nobody }))).rejects.toThrow(
      `127.0.0.1:${nobody}: ECONNREFUSED`,
    );
    await expect(run(tcpCheck({ host: '192.0.2.1', port: 1 }), AbortSignal.timeout(20))).rejects.toThrow();
  });

  test('over HTTP has one of the statuses that are well', async () => {
    const asked: unknown[] = [];
    const port = await listen(
      createHttpServer((request, response) => {
        asked.push(request.headers.authorization, request.headers.traceparent);
        response.writeHead(Number(request.url?.slice(1))).end('x'.repeat(100_000));
      }),
    );
    const check = (status: number, options = {}) =>
      httpCheck({ url: `http://127.0.0.1:${port}/${status}`, ...options });
    await run(check(200, { headers: { authorization: 'Bearer x' } }));
    expect(asked).toEqual(['Bearer x', undefined]);
    await run(check(302));
    await run(check(404, { statuses: [404, 404] }));
    await expect(run(check(503))).rejects.toThrow(`127.0.0.1:${port} answers 503, 200 to 399 are expected`);
    const nobody = await freePort();
    await expect(run(httpCheck({ url: `http://127.0.0.1:${nobody}/` }))).rejects.toThrow(
      `127.0.0.1:${nobody}: ECONNREFUSED`,
    );
  });

  test('that gives no answer is given up when the check is', async () => {
    const port = await listen(createServer((socket) => cleanUps.push(() => socket.destroy())));
    await expect(run(httpCheck({ url: `http://127.0.0.1:${port}/` }), AbortSignal.timeout(50))).rejects.toThrow();
  });

  test('has a name with an address', async () => {
    await run(dnsCheck({ hostname: 'localhost' }));
    await expect(run(dnsCheck({ hostname: 'nothing.invalid' }))).rejects.toThrow(/^nothing\.invalid: E/);
  });
});

describe('a certificate', () => {
  test('in a file is valid for long enough or not', async () => {
    const file = join(folder(), 'tls.crt');
    writeFileSync(file, makeCertificate({ days: 10 }).cert);
    await run(certificateCheck({ file, minDays: 9 }));
    await expect(run(certificateCheck({ file }))).rejects.toThrow(/^the certificate ends in (9\.9|10\.0) days \(/);
  });

  test('that a server shows is looked at whoever has signed it', async () => {
    const server = createTlsServer(makeCertificate({ days: 10 }), (socket) => socket.end());
    const port = await listen(server);
    await run(certificateCheck({ host: '127.0.0.1', port, minDays: 9 }));
    await expect(run(certificateCheck({ host: '127.0.0.1', port }))).rejects.toThrow('the certificate ends in');
    const silent = await listen(createServer((socket) => cleanUps.push(() => socket.destroy())));
    await expect(run(certificateCheck({ host: '127.0.0.1', port: silent }), AbortSignal.timeout(50))).rejects.toThrow(
      `127.0.0.1:${silent}: no answer in time`,
    );
  });
});

test('work that says that it is alive, until it does not', async () => {
  let nowMs = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  cleanUps.push(() => clock.mockRestore());
  const { check, beat } = heartbeatCheck({ maxAgeMs: 30 });
  await run(check);
  nowMs = 30;
  await run(check);
  nowMs = 50;
  await expect(run(check)).rejects.toThrow(/^no beat for 0\.1 s, 0\.03 s are allowed$/);
  beat();
  await run(check);
});

describe('an option that could not mean what it says is refused at once', () => {
  test.each<[string, () => unknown, string]>([
    ['delay', () => eventLoopCheck({ maxDelayMs: -1 }), 'maxDelayMs: -1 is not valid'],
    ['utilization', () => eventLoopCheck({ maxUtilization: 95 }), 'maxUtilization: 95 is not valid'],
    ['share of the heap', () => heapCheck({ maxRatio: 90 }), 'maxRatio: 90 is not valid'],
    ['share of the container', () => containerMemoryCheck({ maxRatio: 0 }), 'maxRatio: 0 is not valid'],
    ['statuses', () => httpCheck({ url: 'http://a/', statuses: [500] as never }), 'statuses: [500] is not valid'],
    ['path', () => diskCheck({ path: '' }), 'path: "" is not valid'],
    ['free space', () => diskCheck({ path: '/', minFreeBytes: Number.NaN }), 'minFreeBytes: NaN is not valid'],
    ['host', () => tcpCheck({ host: undefined as unknown as string, port: 1 }), 'host: (undefined) is not valid'],
    ['port', () => tcpCheck({ host: 'a', port: '5672' as unknown as number }), 'port: "5672" is not valid'],
    ['URL', () => httpCheck({ url: 'search:9200' }), 'url: the value is not valid: expected a URL of http: or https:'],
    ['statuses', () => httpCheck({ url: 'http://a', statuses: [300, 200] }), 'statuses: 200 is not valid'],
    ['name', () => dnsCheck({ hostname: '' }), 'hostname: "" is not valid'],
    ['file', () => certificateCheck({ file: '' }), 'file: "" is not valid'],
    ['days', () => certificateCheck({ file: 'a', minDays: Number.NaN }), 'minDays: NaN is not valid'],
    ['server', () => certificateCheck({ host: 'a', port: 0 }), 'port: 0 is not valid'],
    ['age', () => heartbeatCheck({ maxAgeMs: Number.NaN }), 'maxAgeMs: NaN is not valid'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'PORTHOLE_HEALTH_CHECK_OPTION' }));
    expect(make).toThrow(message);
  });

  test('and a URL is not repeated, since it may hold a password', () => {
    expect(() => httpCheck({ url: 'ftp://user:secret@host/' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});

test('who uses none of them loads none', () => {
  const source = `require('@porthole/health'); console.log(process.moduleLoadList.join());`;
  const loaded = execFileSync(process.execPath, ['-e', source], { encoding: 'utf8' }).trim().split(',');
  expect(loaded).toContain('NativeModule diagnostics_channel');
  for (const name of ['http', 'https', 'tls', 'dns/promises']) expect(loaded).not.toContain(`NativeModule ${name}`);
});
