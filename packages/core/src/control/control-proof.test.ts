import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControlSocket } from './control-directory.js';
import { type ControlProof, createControlProof } from './control-proof.js';
import { proveControlSockets } from './prove-control-sockets.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const CLIENT = fileURLToPath(new URL('../../dist/control.cjs', import.meta.url));

/** What a client would send on `socket`. */
function proofOf(socket: ControlSocket): string | undefined {
  return proveControlSockets([socket])[0]?.proof;
}

describe.runIf(process.platform === 'linux')('the proof', () => {
  let folder: string;
  let path: string;
  let server: Server;
  let proof: ControlProof;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
    path = join(folder, `${process.pid}.sock`);
    server = await listenOn(path);
    proof = createControlProof(path);
  });

  afterEach(() => {
    proof.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (): string | undefined => proofOf({ path, pid: process.pid });

  test('can be given by a child process of the same user', () => {
    const presented = readInChild(path);
    expect(presented).toMatch(/^[0-9a-f]{64}$/);
    expect(proof.accepts(presented)).toBe(true);
  });

  test('can be given again and again: reading does not use it up', () => {
    expect(read()).toMatch(/^[0-9a-f]{64}$/);
    expect(read()).toBe(read());
  });

  test('leaves no file behind, so nobody finds it by its name', () => {
    expect(readdirSync(folder)).toEqual([`${process.pid}.sock`]);
  });

  test('is not stopped by the file of a process that was killed at the wrong moment', () => {
    proof.close();
    writeFileSync(join(folder, `${process.pid}.porthole-proof`), 'stale');
    proof = createControlProof(path);
    expect(proof.accepts(read())).toBe(true);
    expect(proof.accepts('stale')).toBe(false);
  });

  test('is another one at each start', () => {
    const first = read();
    proof.close();
    proof = createControlProof(path);
    expect(proof.accepts(first)).toBe(false);
  });

  test('cannot be given once the server has closed it', () => {
    proof.close();
    expect(read()).toBeUndefined();
    proof = createControlProof(path);
  });

  test('is given for the socket of the server alone, not for one that is moved into its place', async () => {
    const other = await listenOn(`${path}.new`);
    expect(proofOf({ path: `${path}.new`, pid: process.pid })).toBeUndefined();
    renameSync(`${path}.new`, path);
    expect(read()).toBeUndefined();
    expect(proveControlSockets([{ path, pid: process.pid }])).toEqual([]);
    other.close();
  });

  test('is given for the socket of the server wherever it lies, but through no link to a path', () => {
    const [moved, link] = [join(folder, 'moved.sock'), join(folder, 'link.sock')];
    linkSync(path, moved);
    symlinkSync(path, link);
    expect(proof.accepts(proofOf({ path: moved, pid: process.pid }))).toBe(true);
    expect(proofOf({ path: link, pid: process.pid })).toBeUndefined();
  });

  test('is not given where a file or nothing is in the place of the socket', () => {
    unlinkSync(path);
    expect(read()).toBeUndefined();
    writeFileSync(path, '');
    expect(read()).toBeUndefined();
  });

  test('of one of several servers of a process is the one of that server', async () => {
    const otherPath = join(folder, 'other.sock');
    const otherServer = await listenOn(otherPath);
    const other = createControlProof(otherPath);
    expect(proof.accepts(read())).toBe(true);
    expect(other.accepts(read())).toBe(false);
    expect(proveControlSockets([{ path: otherPath, pid: process.pid }])).toEqual([
      { path: otherPath, pid: process.pid, proof: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(other.accepts(proofOf({ path: otherPath, pid: process.pid }))).toBe(true);
    other.close();
    otherServer.close();
  });

  test.runIf(isRoot)('cannot be given by another user', () => {
    expect(readInChild(path, ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'])).toBeUndefined();
  });

  test.runIf(isRoot)('cannot be given by root without capabilities for the process of another user', () => {
    chownSync(folder, NOBODY, NOBODY);
    const program = `
      const { createControlProof } = require(${JSON.stringify(CLIENT.replace('control.cjs', 'internal.cjs'))});
      process.setgid(${NOBODY}); process.setuid(${NOBODY});
      const path = ${JSON.stringify(join(folder, '1.sock'))};
      require('node:net').createServer().listen(path, () => {
        createControlProof(path);
        process.stdout.write(process.pid + '\\n');
      });`;
    const script = `
      const { spawn, execFileSync } = require('node:child_process');
      const server = spawn(process.execPath, ['-e', ${JSON.stringify(program)}]);
      server.stdout.once('data', (pid) => {
        const socket = JSON.stringify({ path: ${JSON.stringify(join(folder, '1.sock'))}, pid: Number(pid) });
        const read = 'process.stdout.write(String(require(${JSON.stringify(CLIENT)}).proveControlSockets([' + socket + '])[0]?.proof))';
        const bare = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '-e', read];
        process.stdout.write(execFileSync('setpriv', bare));
        server.kill();
      });`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('undefined');
  });

  test.runIf(isRoot)('cannot be given from another PID namespace, of the same user and with the same /tmp', () => {
    expect(readInChild(path, ['unshare', '--pid', '--fork', '--mount-proc'])).toBeUndefined();
  });

  test('cannot be guessed, cut short, or given in another form', () => {
    const presented = read() as string;
    expect(proof.accepts(presented)).toBe(true);
    for (const wrong of [presented.slice(1), `${presented}0`, presented.toUpperCase(), ` ${presented}`, [presented]]) {
      expect(proof.accepts(wrong)).toBe(false);
    }
    fc.assert(fc.property(fc.anything(), (value) => !proof.accepts(value)));
    fc.assert(
      fc.property(fc.string({ minLength: 64, maxLength: 64, unit: 'binary' }), (value) => !proof.accepts(value)),
    );
  });

  test('needs a socket that is bound', () => {
    expect(() => createControlProof(join(folder, '1.sock'))).toThrow('ENOENT');
    expect(() => createControlProof(CLIENT)).toThrow('is not a socket');
  });

  test.each([0, 2 ** 31, Number.NaN])('is not there for the pid %d', (pid) => {
    expect(proofOf({ path, pid })).toBeUndefined();
  });
});

async function listenOn(path: string): Promise<Server> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  return server;
}

/**
 * What a client in a process of its own reads of this one, for the socket at `path`; `wrapper` is a command line that
 * runs the one that follows it.
 */
function readInChild(path: string, wrapper: readonly string[] = []): string | undefined {
  const program = `
    const { proveControlSockets } = require(${JSON.stringify(CLIENT)});
    process.stdout.write(JSON.stringify([proveControlSockets([${JSON.stringify({ path, pid: process.pid })}])[0]?.proof]));`;
  const [command = '', ...args] = [...wrapper, process.execPath, '-e', program];
  const [proof] = JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as [string | null];
  return proof ?? undefined;
}
