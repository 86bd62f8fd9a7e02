import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHeartbeats } from '@porthole/core/control';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
    `no folder can hold the heartbeat, so that probes cannot tell a blocked event loop: ${missing} (ENOENT`,
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
