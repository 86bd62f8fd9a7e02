import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PROOF_HEADER, proveControlSockets } from '@porthole/core/control';
import { type LogMethod, noLog } from '@porthole/core/internal';
import { createDiagnostics, renderStatus } from '@porthole/diagnostics';
import { createHealth, type Health } from '@porthole/health';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ControlServer, createControlServer } from './control-server.js';
import { send, type TestAnswer } from './testing/http-request.js';

let directory: string;
let health: Health;
let lines: [Readonly<Record<string, unknown>>, string][];
let logger: { level: string };
let control: ControlServer;
let socketPath: string;

const diagnostics = createDiagnostics({ serviceName: 'orders', serviceVersion: '1.4.2', settings: [] });
const metrics = { contentType: 'text/plain; version=0.0.4', exposition: async () => 'up 1\n' };

function create(folder: string): ControlServer {
  const info: LogMethod = (fields, message) => lines.push([fields, message]);
  return createControlServer({ directory: folder, health, metrics, diagnostics, logger, log: { ...noLog, info } });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'control-'));
  health = createHealth();
  lines = [];
  logger = { level: 'info' };
  control = create(directory);
  socketPath = await control.listen();
});
afterEach(async () => {
  await control.close();
  health.close();
  rmSync(directory, { recursive: true });
});

interface Ask {
  readonly method?: string;
  readonly accept?: string;
  readonly proof?: string;
  readonly body?: string;
}

function ask(path: string, { method = 'GET', accept = 'text/plain', proof, body }: Ask = {}): Promise<TestAnswer> {
  const genuine = proveControlSockets([{ path: socketPath, pid: process.pid }])[0]?.proof as string;
  const headers = { accept, [PROOF_HEADER]: proof ?? genuine };
  return send({ socketPath, path, method, headers }, body);
}

describe('who may ask', () => {
  const refusal = {
    status: 403,
    body: "refused: the caller has not proved that it is in this process's PID namespace\n",
    headers: { connection: 'close' },
  };

  test('a caller without the proof is refused', async () => {
    expect(await send({ socketPath, path: '/v1/status' })).toMatchObject(refusal);
    expect(lines).toEqual([]);
  });

  test('a caller with another proof is refused, whatever it asks', async () => {
    expect(await ask('/v1/log-level', { method: 'PUT', body: 'debug', proof: '0'.repeat(64) })).toMatchObject(refusal);
    expect(logger.level).toBe('info');
  });

  test('the socket lies in a directory of mode 0700', () => {
    expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
  });

  test('a umask of 0 does not open the directory', async () => {
    const source = `
      process.umask(0);
      const { createControlServer } = require('@porthole/admin');
      createControlServer({ directory: ${JSON.stringify(join(directory, 'umask'))} }).listen().then(console.log);
      setTimeout(() => {}, 60_000);
      `;
    mkdirSync(join(directory, 'umask'));
    const app = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [path] = (await once(app.stdout, 'data')) as [Buffer];
    expect(statSync(dirname(path.toString().trim())).mode & 0o777).toBe(0o700);
    app.kill('SIGKILL');
    await once(app, 'exit');
  });
});

describe('the routes', () => {
  test('status is text for people and JSON for programs', async () => {
    const text = await ask('/v1/status');
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain('orders 1.4.2');
    expect(text.body.split('\n').length).toBe(renderStatus(diagnostics.status()).split('\n').length);
    const json = await ask('/v1/status', { accept: 'application/json' });
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(json.body)).toMatchObject({ service: 'orders', pid: process.pid });
  });

  test('health tells the reasons', async () => {
    health.readiness('postgres', () => {
      throw new Error('connection refused');
    });
    expect(await ask('/v1/health/ready')).toMatchObject({
      status: 503,
      body: '[-]postgres failed: connection refused\nreadyz check failed\n',
    });
    expect(await ask('/v1/health/ready?exclude=postgres')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask('/v1/health/live?verbose')).toMatchObject({ status: 200, body: 'livez check passed\n' });
    const json = JSON.parse((await ask('/v1/health/ready', { accept: 'application/json' })).body);
    expect(json).toMatchObject({ probe: 'ready', passed: false, checks: [{ name: 'postgres', status: 'fail' }] });
  });

  test('metrics are those of the admin port', async () => {
    expect(await ask('/v1/metrics')).toMatchObject({
      status: 200,
      body: 'up 1\n',
      headers: { 'content-type': 'text/plain; version=0.0.4' },
    });
  });

  test('version names the service, Porthole and Node.js', async () => {
    expect((await ask('/v1/version')).body).toMatch(
      /^orders 1\.4\.2, Porthole \d+\.\d+\.\d+, Node\.js \d+\.\d+\.\d+\n$/,
    );
    const { body } = await ask('/v1/version', { accept: 'application/json' });
    expect(JSON.parse(body)).toMatchObject({ service: 'orders', version: '1.4.2', node: process.versions.node });
  });

  test('the log level is shown and set', async () => {
    expect((await ask('/v1/log-level', { method: 'PUT', body: 'silent' })).body).toBe('info -> silent\n');
    expect((await ask('/v1/log-level', { method: 'PUT', body: 'info' })).body).toBe('silent -> info\n');
    expect((await ask('/v1/log-level')).body).toBe('info\n');
    expect(await ask('/v1/log-level', { method: 'PUT', body: 'DEBUG\n' })).toMatchObject({
      status: 200,
      body: 'info -> debug\n',
    });
    expect(logger.level).toBe('debug');
  });

  test.each(['loud', '', 'x'.repeat(1000)])('the log level %j is refused', async (body) => {
    expect(await ask('/v1/log-level', { method: 'PUT', body })).toMatchObject({
      status: 400,
      body: 'refused: the level is one of trace, debug, info, warn, error, fatal, silent\n',
    });
    expect(logger.level).toBe('info');
  });

  test('what is not there is told, and so are the methods that are', async () => {
    expect(await ask('/v1/nothing')).toMatchObject({ status: 404, body: expect.stringContaining('/v1/log-level') });
    expect((await ask('/__proto__')).status).toBe(404);
    expect(await ask('/v1/status', { method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});

describe('the audit line', () => {
  test('is one for each command, and none for a probe', async () => {
    await ask('/v1/health/ready?verbose');
    expect(lines).toEqual([]);
    await ask('/v1/status');
    await ask('/v1/log-level', { method: 'PUT', body: 'debug' });
    expect(lines).toEqual([
      [{ command: 'status' }, 'control: status'],
      [{ command: 'log-level debug' }, 'control: log-level debug'],
    ]);
  });

  test.each([
    ['info', 'error'],
    ['error', 'info'],
  ])('of a level that goes from %s to %s is written while info is shown', async (from, to) => {
    logger.level = from;
    const levels: string[] = [];
    lines.push = () => levels.push(logger.level);
    await ask('/v1/log-level', { method: 'PUT', body: to });
    expect(levels).toEqual(['info']);
  });
});

describe('the socket', () => {
  test('is gone after close', async () => {
    await control.close();
    expect(existsSync(socketPath)).toBe(false);
    await control.close();
  });

  test('of a process that died is removed, its own pid included', async () => {
    await control.close();
    const orphans = ['sock', 'heartbeat', 'stack'].map((ending) => join(dirname(socketPath), `4194305.${ending}`));
    for (const orphan of orphans) writeFileSync(orphan, '');
    // A process that is killed leaves its socket; here it had our pid, as every PID 1 has that of the one before.
    const source = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', source]), 'exit');
    expect(existsSync(socketPath)).toBe(true);

    control = create(directory);
    expect(await control.listen()).toBe(socketPath);
    expect((await ask('/v1/version')).status).toBe(200);
    expect(orphans.filter((orphan) => existsSync(orphan))).toEqual([]);
  });

  test('is cleaned of all that others have left, whatever of it cannot be removed', async () => {
    await control.close();
    const folder = dirname(socketPath);
    const target = join(directory, 'target');
    writeFileSync(target, 'the content of another file');
    mkdirSync(join(folder, '4194301.sock/full'), { recursive: true });
    mkdirSync(join(folder, '4194302.sock'));
    symlinkSync(target, join(folder, '4194303.sock'));
    execFileSync('mkfifo', [join(folder, '4194304.heartbeat')]);
    writeFileSync(join(folder, '4194305.sock'), '');
    await control.listen();
    expect(readdirSync(folder).sort()).toEqual(['4194301.sock', basename(socketPath)].sort());
    expect(readFileSync(target, 'utf8')).toBe('the content of another file');
    rmSync(join(folder, '4194301.sock'), { recursive: true });
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a directory', (path: string) => mkdirSync(path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a link to nothing', (path: string) => symlinkSync('nothing', path)],
    ['a link to a socket that answers', (path: string) => symlinkSync('answers', path)],
  ])('takes the place of %s that another has put there', async (_, put) => {
    await control.close();
    const other = createServer().listen(join(dirname(socketPath), 'answers'));
    await once(other, 'listening');
    put(socketPath);
    await control.listen();
    expect((await ask('/v1/version')).status).toBe(200);
    other.close();
    await once(other, 'close');
  });

  test('does without, and says so, where a directory in its place has something in it', async () => {
    await control.close();
    mkdirSync(join(socketPath, 'full'), { recursive: true });
    await expect(control.listen()).rejects.toMatchObject({
      code: 'PORTHOLE_CONTROL_UNUSABLE',
      message: expect.stringContaining('ENOTEMPTY'),
    });
  });

  test('of a process that runs stays, however its folder is written', async () => {
    const files = ['heartbeat', 'stack'].map((ending) => join(dirname(socketPath), `${process.ppid}.${ending}`));
    for (const file of files) writeFileSync(file, '');
    const other = create(`${directory}//`);
    await control.close();
    await other.listen();
    expect(files.filter((file) => existsSync(file))).toEqual(files);
    await other.close();
  });

  test('is gone after a close while it was being opened, which settles', async () => {
    const other = create(join(directory, 'other'));
    mkdirSync(join(directory, 'other'));
    const listened = other.listen().catch(() => {});
    await other.close();
    await listened;
    await other.close();
    expect(
      readdirSync(join(directory, 'other'), { recursive: true }).filter((name) => /\.sock$/.test(`${name}`)),
    ).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('is closed again where there is no proof to be had', async () => {
    await control.close();
    mkdirSync(join(dirname(socketPath), `${process.pid}.porthole-proof/full`), { recursive: true });
    await expect(control.listen()).rejects.toMatchObject({ code: 'PORTHOLE_CONTROL_UNUSABLE' });
    expect(existsSync(socketPath)).toBe(false);
  });

  test('goes on where somebody calls listen a second time', async () => {
    await expect(control.listen()).rejects.toMatchObject({ code: 'PORTHOLE_CONTROL_UNUSABLE' });
    expect((await ask('/v1/version')).status).toBe(200);
  });

  test('of a server that still answers is left alone', async () => {
    await control.close();
    const other = createServer().listen(socketPath);
    await once(other, 'listening');
    await expect(create(directory).listen()).rejects.toMatchObject({
      code: 'PORTHOLE_CONTROL_UNUSABLE',
      message: expect.stringContaining('EADDRINUSE'),
    });
    expect(existsSync(socketPath)).toBe(true);
    other.close();
    await once(other, 'close');
  });

  test('that no folder takes is an error with every reason and what to set', async () => {
    const folder = join(directory, 'not-there');
    await expect(create(folder).listen()).rejects.toMatchObject({
      code: 'PORTHOLE_CONTROL_UNUSABLE',
      message: expect.stringMatching(/^no folder can hold the control socket: .*not-there \(.*ENOENT.*PORTHOLE_DIR/),
    });
  });
});
