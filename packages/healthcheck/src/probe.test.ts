import { type ChildProcess, spawn } from 'node:child_process';
import dns, { type LookupAddress, type LookupAllOptions } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findControlSockets } from '@porthole/core/control';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { probe } from './probe.js';
import type { ProbeOptions, ProbeOutcome } from './probe-options.js';

type LookupDone = (error: null, addresses: LookupAddress[]) => void;

let directory: string;
const cleanUps: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'probe-'));
  cleanUps.push(() => rmSync(directory, { recursive: true }));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener): Promise<number> => listen(createHttpServer(listener));

/** A server below HTTP; its connections are destroyed at the end. */
function serveRaw(listener: (socket: Socket) => void): Promise<number> {
  return listen(
    createServer((socket) => {
      cleanUps.push(() => socket.destroy());
      socket.on('error', () => {});
      listener(socket);
    }),
  );
}

function ask(adminPort: number | 'off', options: Partial<ProbeOptions> = {}): Promise<ProbeOutcome> {
  return probe({ env: {}, adminPort, directory, timeoutMs: 10_000, ...options });
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('on the admin port', () => {
  test.each([
    ['live', '/livez?verbose', 'live'],
    ['ready', '/readyz?verbose', 'ready'],
    ['startup', '/startupz?verbose', 'started'],
  ] as const)('the probe %s asks %s and says %s', async (name, url, message) => {
    const asked: unknown[] = [];
    const port = await serve((request, response) => {
      asked.push(request.method, request.url, request.headers.connection);
      response.end('[+]cache ok\nreadyz check passed\n');
    });
    expect(await ask(port, { probe: name })).toEqual({ healthy: true, message });
    expect(asked).toEqual(['GET', url, 'close']);
  });

  test('a failure names the checks that failed', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(503).end('[-]postgres failed: reason withheld\nreadyz check failed\n');
    });
    expect(await ask(port)).toEqual({ healthy: false, message: 'not ready: postgres failed' });
  });

  test('a verbose probe gives the whole answer', async () => {
    const port = await serve((_request, response) => response.end('[+]cache ok\nreadyz check passed\n'));
    expect(await ask(port, { verbose: true })).toEqual({ healthy: true, message: '[+]cache ok\nreadyz check passed' });
  });

  test('the environment wins over the options', async () => {
    const port = await serve((_request, response) => response.end('ok\n'));
    const env = { PORTHOLE_ADMIN_PORT: String(port), PORTHOLE_ADMIN_HOST: '127.0.0.1' };
    expect(await ask('off', { env, adminHost: '192.0.2.1' })).toEqual({ healthy: true, message: 'ready' });
  });

  test('an app on the IPv6 address of localhost is found where loopback is all the IPv6 there is', async () => {
    const port = await listen(
      createHttpServer((_request, response) => response.end('ok\n')),
      '::1',
    );
    // Stands for the C library, which hears of the network from the kernel: with the hint it leaves out a family that
    // is on loopback only.
    const looksUp = (_name: string, options: LookupAllOptions, done: LookupDone): void => {
      const addresses = [{ address: '127.0.0.1', family: 4 }];
      if (((options.hints ?? 0) & dns.ADDRCONFIG) === 0) addresses.unshift({ address: '::1', family: 6 });
      process.nextTick(done, null, addresses);
    };
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(looksUp as typeof dns.lookup);
    cleanUps.push(() => lookup.mockRestore());
    expect(await ask(port, { adminHost: 'localhost' })).toEqual({ healthy: true, message: 'ready' });
    expect(lookup).toHaveBeenCalledOnce();
  });

  test('an answer that is no health answer is no health', async () => {
    const port = await serve((_request, response) => response.writeHead(404).end());
    expect(await ask(port)).toEqual({ healthy: false, message: `not ready: 127.0.0.1:${port} answers 404` });
  });

  test('somebody who does not speak HTTP is no app', async () => {
    const port = await serveRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(await ask(port)).toEqual({ healthy: false, message: `not ready: 127.0.0.1:${port} does not speak HTTP` });
  });

  test('a probe ends after the time-out', async () => {
    const port = await serveRaw(() => {});
    expect(await ask(port, { timeoutMs: 50 })).toEqual({
      healthy: false,
      message: 'not ready: no answer within 50 ms',
    });
  });

  test('an answer that drips in does not outlive the time-out', async () => {
    const port = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x: y\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    expect((await ask(port, { timeoutMs: 100 })).message).toBe('not ready: no answer within 100 ms');
  });
});

describe('where no app runs', () => {
  test('the message says where it was looked for', async () => {
    const port = await unusedPort();
    expect(await ask(port)).toEqual({
      healthy: false,
      message: `no running app found: nothing answers on 127.0.0.1:${port} (PORTHOLE_ADMIN_PORT) and no control socket`,
    });
    expect((await ask('off', { env: { PORTHOLE_CONTROL: 'off' } })).message).toBe(
      'no running app found: PORTHOLE_ADMIN_PORT is off and PORTHOLE_CONTROL is off',
    );
  });

  test('a host may have the name of what every object has', async () => {
    expect((await ask(await unusedPort(), { adminHost: 'constructor' })).message).not.toContain('the probe failed');
  });

  test('a bad setting does not stop the probe', async () => {
    const port = await serve((_request, response) => response.end('ok\n'));
    const env = { PORTHOLE_ADMIN_PORT: 'ninety', PORTHOLE_ADMIN_HOST: '\u0000' };
    expect((await ask(port, { env })).healthy).toBe(true);
  });
});

/** An app of its own process with a control socket: the probe leaves out the one of the process that it runs in. */
async function startApp(status: number, body: string): Promise<ChildProcess> {
  const source = `
    const { createControlDirectory, createControlProof, PROOF_HEADER } = require('@porthole/core/internal');
    const path = createControlDirectory(${JSON.stringify(directory)});
    let proof;
    require('node:http').createServer((request, response) => {
      const admitted = proof.accepts(request.headers[PROOF_HEADER]);
      response.statusCode = admitted ? ${status} : 403;
      response.end(request.url + '\\n' + ${JSON.stringify(body)});
    }).listen(path, () => {
      proof = createControlProof(path);
      console.log('listening');
    });
  `;
  const app = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(async () => {
    const ended = once(app, 'exit');
    if (app.exitCode === null && app.signalCode === null && app.kill('SIGKILL')) await ended;
  });
  await once(app.stdout, 'data');
  return app;
}

/** Another process's socket, moved to `path`. */
async function plant(path: string): Promise<{ callers(): Promise<number> }> {
  const source = `
    const { connect, createServer } = require('node:net');
    const { renameSync } = require('node:fs');
    const path = ${JSON.stringify(path)};
    let callers = 0;
    const server = createServer((socket) => { callers++; socket.resume(); }).listen(path + '.new', () => {
      renameSync(path + '.new', path);
      process.send('planted');
    });
    process.on('message', () => process.send(callers));
  `;
  const other = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  cleanUps.push(async () => {
    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
  });
  await once(other, 'message');
  return {
    callers: async () => {
      const answer = once(other, 'message');
      other.send('how many');
      return ((await answer) as [number])[0];
    },
  };
}

describe('on the control socket', () => {
  test('the probe proves its PID namespace and is told the reasons', async () => {
    await startApp(503, '[-]postgres failed: connection refused\nreadyz check failed\n');
    expect(await ask('off')).toEqual({ healthy: false, message: 'not ready: postgres failed (connection refused)' });
  });

  test('the control socket is asked before the admin port', async () => {
    const port = await serve((_request, response) => response.writeHead(503).end());
    await startApp(200, '[+]cache ok\n');
    expect(await ask(port, { verbose: true })).toEqual({
      healthy: true,
      message: '/v1/health/ready?verbose\n[+]cache ok',
    });
  });

  test.runIf(process.platform === 'linux')('a socket planted in the place of the app is sent nothing', async () => {
    const app = await startApp(200, '[+]cache ok\n');
    const [socket] = findControlSockets(directory);
    if (socket === undefined) throw new Error('the app has no control socket');
    expect(socket.pid).toBe(app.pid);
    const planted = await plant(socket.path);
    expect(await ask('off')).toEqual({
      healthy: false,
      message: `no running app found: PORTHOLE_ADMIN_PORT is off and cannot verify the control socket of pid ${app.pid}; run as the app's user`,
    });
    const port = await serve((_request, response) => response.end('ok\n'));
    expect(await ask(port)).toEqual({ healthy: true, message: 'ready' });
    expect(await planted.callers()).toBe(0);
  });

  test('the admin port is asked where the app has died and left its socket', async () => {
    const app = await startApp(200, '[+]cache ok\n');
    const ended = once(app, 'exit');
    app.kill('SIGKILL');
    await ended;
    const port = await serve((_request, response) => response.end('ok\n'));
    expect(await ask(port)).toEqual({ healthy: true, message: 'ready' });
  });
});

describe.runIf(process.platform === 'linux')('an app that does not answer', () => {
  /**
   * With a control socket that takes connections and nothing more, and a heartbeat that was `beatAgoMs` ago; it does
   * `then`.
   */
  async function startSilentApp(beatAgoMs: number, then: string): Promise<ChildProcess> {
    const source = `
      const { createControlDirectory, createControlProof } = require('@porthole/core/internal');
      const { utimesSync, writeFileSync } = require('node:fs');
      const path = createControlDirectory(${JSON.stringify(directory)});
      const heartbeat = path.replace('.sock', '.heartbeat');
      require('node:net').createServer(() => {}).listen(path, () => {
        createControlProof(path);
        writeFileSync(heartbeat, '');
        const seconds = (Date.now() - ${beatAgoMs}) / 1000;
        utimesSync(heartbeat, seconds, seconds);
        require('node:fs').writeSync(1, 'listening');
        ${then}
      });
    `;
    const app = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanUps.push(async () => {
      const ended = once(app, 'exit');
      if (app.exitCode === null && app.signalCode === null && app.kill('SIGKILL')) await ended;
    });
    await once(app.stdout, 'data');
    return app;
  }
  const BUSY = 'for (;;);';
  const WAITING = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';

  test('is told to be blocked, with how long and what its process does', async () => {
    const { pid } = await startSilentApp(11_400, BUSY);
    const { healthy, message } = await ask('off', { timeoutMs: 5000 });
    expect(healthy).toBe(false);
    // The second on a machine that has no time for it.
    const doing = /is (running on|waiting for) the CPU/;
    expect(message.replace(/\d+\.\d s/, 'T').replace(doing, 'X')).toBe(
      `not ready: event loop blocked for T (pid ${pid} X)`,
    );
    expect(Number(/[\d.]+(?= s)/.exec(message)?.[0])).toBeGreaterThanOrEqual(11.4);
  });

  test.each([
    ['waiting', WAITING, 'is waiting'],
    ['stopped', "process.kill(process.pid, 'SIGSTOP');", 'is stopped'],
  ])('is told to be %s', async (_, then, doing) => {
    const { pid } = await startSilentApp(11_400, then);
    expect((await ask('off', { probe: 'startup', timeoutMs: 5000 })).message).toContain(`(pid ${pid} ${doing})`);
  });

  test('lives for as long as its event loop may be blocked, and not longer', async () => {
    await startSilentApp(5000, WAITING);
    const busy = await ask('off', { probe: 'live', timeoutMs: 2000 });
    expect(busy.healthy).toBe(true);
    expect(busy.message).toMatch(/^live, but busy: event loop blocked for \d+\.\d s \(pid \d+ is waiting\)$/);
    const dead = await ask('off', { probe: 'live', timeoutMs: 2000, blockedMs: 4000 });
    expect(dead.healthy).toBe(false);
    expect(dead.message).toMatch(/^not live: event loop blocked for/);
  });

  test('lives, but is not ready, where its event loop turns', async () => {
    await startSilentApp(0, 'setInterval(() => writeFileSync(heartbeat, "x"), 10);');
    const live = await ask('off', { probe: 'live', timeoutMs: 200 });
    expect(live.healthy).toBe(true);
    expect(live.message).toMatch(/^live, but busy: no answer within 200 ms; its event loop turned \d+\.\d s ago$/);
    const ready = await ask('off', { timeoutMs: 200 });
    expect(ready.healthy).toBe(false);
    expect(ready.message).toMatch(/^not ready: no answer within 200 ms; its event loop turned \d+\.\d s ago$/);
  });

  test('since it was told to answer nowhere, lives by its heartbeat alone', async () => {
    await startSilentApp(0, 'setInterval(() => writeFileSync(heartbeat, "x"), 10);');
    const env = { PORTHOLE_CONTROL: 'off' };
    const { healthy, message } = await ask('off', { probe: 'live', env });
    expect(healthy).toBe(true);
    expect(message.replace(/\d+\.\d s/, 'T')).toBe(
      'live: its event loop turned T ago (no control socket or admin port: PORTHOLE_ADMIN_PORT is off and PORTHOLE_CONTROL is off)',
    );
    expect((await ask('off', { env })).message).toBe(
      'no running app found: PORTHOLE_ADMIN_PORT is off and PORTHOLE_CONTROL is off',
    );
  });
});

describe('a URL', () => {
  test.each([
    [200, true],
    [204, true],
    [302, true],
    [404, false],
    [503, false],
  ])('that answers %i is healthy: %s', async (status, healthy) => {
    const asked: unknown[] = [];
    const port = await serve((request, response) => {
      asked.push(request.url, request.headers.host);
      response.writeHead(status).end();
    });
    const { message, ...outcome } = await probe({ url: `http://127.0.0.1:${port}/health?deep=1` });
    expect(outcome).toEqual({ healthy });
    expect(message).toBe(`${healthy ? 'healthy' : 'not healthy'}: 127.0.0.1:${port} answers ${status}`);
    expect(asked).toEqual(['/health?deep=1', `127.0.0.1:${port}`]);
  });

  test('on another machine is asked only where that is allowed', async () => {
    expect((await probe({ url: 'http://192.0.2.1/' })).message).toContain('is not on this machine');
    expect((await probe({ url: 'http://localhost.example.com/' })).message).toContain('is not on this machine');
    const { message } = await probe({ url: 'http://192.0.2.1:81/', allowRemote: true, timeoutMs: 50 });
    expect(message).toMatch(/^not healthy: (192\.0\.2\.1:81 gives no answer|nothing answers on 192\.0\.2\.1:81)/);
  });

  test.each(['https://127.0.0.1/', '127.0.0.1:3000', 'http://', 'file:///etc/passwd', 'http://u:p@127.0.0.1/'])(
    'like %s is refused in one sentence',
    async (url) => {
      const { healthy, message } = await probe({ url });
      expect(healthy).toBe(false);
      expect(message).toMatch(/^--url /);
    },
  );

  test('may be an IPv6 address', async () => {
    const server = createHttpServer((_request, response) => response.end()).listen(0, '::1');
    await once(server, 'listening');
    cleanUps.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    expect(await probe({ url: `http://[::1]:${port}/` })).toEqual({
      healthy: true,
      message: `healthy: [::1]:${port} answers 200`,
    });
  });
});
