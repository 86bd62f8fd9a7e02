import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNamespaceProof, type NamespaceProof } from './namespace-proof.js';
import { readNamespaceProof } from './read-namespace-proof.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const CLIENT = fileURLToPath(new URL('../../dist/control.cjs', import.meta.url));

describe.runIf(process.platform === 'linux')('the proof of the PID namespace', () => {
  let folder: string;
  let proof: NamespaceProof;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-test-'));
    proof = createNamespaceProof(join(folder, `${process.pid}.sock`));
  });

  afterEach(() => {
    proof.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('can be given by a child process of the same user', () => {
    const presented = readInChild([]);
    expect(presented).toMatch(/^[0-9a-f]{64}$/);
    expect(proof.accepts(presented)).toBe(true);
  });

  test('can be given again and again: reading does not use it up', () => {
    expect(readNamespaceProof(process.pid)).toBe(readNamespaceProof(process.pid));
  });

  test('leaves no file behind, so nobody finds it by its name', () => {
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is not stopped by the file of a process that was killed at the wrong moment', () => {
    proof.close();
    writeFileSync(join(folder, `${process.pid}.porthole-proof`), 'stale');
    proof = createNamespaceProof(join(folder, `${process.pid}.sock`));
    expect(proof.accepts(readNamespaceProof(process.pid))).toBe(true);
    expect(proof.accepts('stale')).toBe(false);
  });

  test('is another one at each start', () => {
    const first = readNamespaceProof(process.pid);
    proof.close();
    proof = createNamespaceProof(join(folder, `${process.pid}.sock`));
    expect(proof.accepts(first)).toBe(false);
  });

  test('cannot be given once the server has closed it', () => {
    proof.close();
    expect(readNamespaceProof(process.pid)).toBeUndefined();
    proof = createNamespaceProof(join(folder, `${process.pid}.sock`));
  });

  test.runIf(isRoot)('cannot be given by another user', () => {
    expect(readInChild(['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'])).toBeUndefined();
  });

  test.runIf(isRoot)('cannot be given by root without capabilities for the process of another user', () => {
    chownSync(folder, NOBODY, NOBODY);
    const program = `
      const { createNamespaceProof } = require(${JSON.stringify(CLIENT.replace('control.cjs', 'internal.cjs'))});
      process.setgid(${NOBODY}); process.setuid(${NOBODY});
      createNamespaceProof(${JSON.stringify(join(folder, '1.sock'))});
      process.stdout.write(process.pid + '\\n');
      process.stdin.resume();`;
    const script = `
      const { spawn, execFileSync } = require('node:child_process');
      const server = spawn(process.execPath, ['-e', ${JSON.stringify(program)}]);
      server.stdout.once('data', (pid) => {
        const read = 'process.stdout.write(String(require(${JSON.stringify(CLIENT)}).readNamespaceProof(' + Number(pid) + ')))';
        const bare = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '-e', read];
        process.stdout.write(execFileSync('setpriv', bare));
        server.kill();
      });`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('undefined');
  });

  test.runIf(isRoot)('cannot be given from another PID namespace, of the same user and with the same /tmp', () => {
    expect(readInChild(['unshare', '--pid', '--fork', '--mount-proc'])).toBeUndefined();
  });

  test('cannot be guessed, cut short, or given in another form', () => {
    const presented = readNamespaceProof(process.pid) as string;
    expect(proof.accepts(presented)).toBe(true);
    for (const wrong of [presented.slice(1), `${presented}0`, presented.toUpperCase(), ` ${presented}`, [presented]]) {
      expect(proof.accepts(wrong)).toBe(false);
    }
    fc.assert(fc.property(fc.anything(), (value) => !proof.accepts(value)));
    fc.assert(
      fc.property(fc.string({ minLength: 64, maxLength: 64, unit: 'binary' }), (value) => !proof.accepts(value)),
    );
  });

  test('needs a directory to be made in', () => {
    expect(() => createNamespaceProof(join(folder, 'missing', '1.sock'))).toThrow('ENOENT');
  });
});

test('no process, no proof', () => {
  expect(readNamespaceProof(0)).toBeUndefined();
  expect(readNamespaceProof(2 ** 31)).toBeUndefined();
  expect(readNamespaceProof(Number.NaN)).toBeUndefined();
});

/** What a client in a process of its own reads of this one; `wrapper` is a command line that runs the one that follows it. */
function readInChild(wrapper: readonly string[]): string | undefined {
  const program = `
    const { readNamespaceProof } = require(${JSON.stringify(CLIENT)});
    process.stdout.write(JSON.stringify([readNamespaceProof(${process.pid})]));`;
  const [command = '', ...args] = [...wrapper, process.execPath, '-e', program];
  const [proof] = JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as [string | null];
  return proof ?? undefined;
}
