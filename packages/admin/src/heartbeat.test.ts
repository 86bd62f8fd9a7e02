import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHeartbeats } from '@porthole/core/control';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startHeartbeat } from './heartbeat.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'heartbeat-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the file is private, is touched again and again, and is gone after the end', async () => {
  const heartbeat = startHeartbeat({ directory, intervalMs: 5 });
  expect(statSync(heartbeat.path).mode & 0o777).toBe(0o600);
  utimesSync(heartbeat.path, 1, 1);
  await vi.waitFor(() => expect(statSync(heartbeat.path).mtimeMs).toBeGreaterThan(1000));
  const [found] = findHeartbeats(directory);
  expect(found?.pid).toBe(process.pid);
  heartbeat.close();
  expect(existsSync(heartbeat.path)).toBe(false);
  expect(findHeartbeats(directory)).toEqual([]);
});

test('it is closed once: a second time would close what somebody else has opened since', () => {
  const heartbeat = startHeartbeat({ directory });
  heartbeat.close();
  const file = openSync(join(directory, 'other'), 'w');
  heartbeat.close();
  closeSync(file);
});

test('a folder that takes no file is told of with what to set', () => {
  const missing = join(directory, 'missing');
  expect(() => startHeartbeat({ directory: missing })).toThrow(
    `no folder can hold the heartbeat, so probes cannot detect a blocked event loop: ${missing} (ENOENT`,
  );
});

test('it keeps no process alive', () => {
  const source = `require('@porthole/admin').startHeartbeat({ directory: ${JSON.stringify(directory)} });`;
  const { status } = spawnSync(process.execPath, ['-e', source], { cwd: import.meta.dirname, timeout: 20_000 });
  expect(status).toBe(0);
});

test('it grows old while the event loop is blocked', async () => {
  const source = `
    require('@porthole/admin').startHeartbeat({ directory: ${JSON.stringify(directory)}, intervalMs: 5 });
    setTimeout(() => { require('node:fs').writeSync(1, 'blocked'); for (;;); }, 50);
  `;
  const child = spawn(process.execPath, ['-e', source], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const ageMs = () => findHeartbeats(directory)[0]?.ageMs ?? 0;
  await vi.waitFor(() => expect(ageMs()).toBeGreaterThan(200), { timeout: 10_000 });
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
});

describe('what another has put in its place', () => {
  const CONTENT = 'the content of another file';
  let target: string;
  let path: string;
  beforeEach(() => {
    const heartbeat = startHeartbeat({ directory });
    heartbeat.close();
    path = heartbeat.path;
    target = join(directory, 'target');
    writeFileSync(target, CONTENT);
  });

  test.each([
    ['a link', () => symlinkSync(target, path)],
    ['a second name of a file', () => linkSync(target, path)],
    ['a link to nothing', () => symlinkSync(`${target}.new`, path)],
    ['a pipe', () => execFileSync('mkfifo', [path])],
    ['a directory', () => mkdirSync(path)],
  ])('is removed, and not written through: %s', (_, put) => {
    put();
    const heartbeat = startHeartbeat({ directory });
    expect(lstatSync(path).isFile()).toBe(true);
    expect(findHeartbeats(directory).map(({ pid }) => pid)).toEqual([process.pid]);
    heartbeat.close();
    expect(readFileSync(target, 'utf8')).toBe(CONTENT);
    expect(existsSync(`${target}.new`)).toBe(false);
  });

  test('is told of where it cannot be removed', () => {
    mkdirSync(join(path, 'full'), { recursive: true });
    expect(() => startHeartbeat({ directory })).toThrow(
      /^no folder can hold the heartbeat, so probes cannot detect a blocked event loop: .*ENOTEMPTY/,
    );
  });

  test('as the stack of what blocks does not stop it', () => {
    mkdirSync(path.replace('.heartbeat', '.stack/full'), { recursive: true });
    const heartbeat = startHeartbeat({ directory });
    expect(lstatSync(path).isFile()).toBe(true);
    heartbeat.close();
  });
});

test('it has the time of the steady clock in it, which counts whatever its time of change is', async () => {
  const heartbeat = startHeartbeat({ directory, intervalMs: 60_000 });
  utimesSync(heartbeat.path, 1, 1);
  expect(findHeartbeats(directory)[0]?.ageMs).toBeLessThan(60_000);
  const future = Date.now() / 1000 + 3600;
  utimesSync(heartbeat.path, future, future);
  expect(findHeartbeats(directory)[0]?.ageMs).toBeLessThan(60_000);
  writeFileSync(heartbeat.path, '');
  utimesSync(heartbeat.path, future, future);
  expect(findHeartbeats(directory)[0]?.ageMs).toBeUndefined();
  heartbeat.close();
});
