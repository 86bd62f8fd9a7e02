import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

let sockets: string;

beforeAll(() => {
  sockets = mkdtempSync(join(tmpdir(), 'sdk-'));
});

afterAll(() => rmSync(sockets, { recursive: true }));

/** Runs `source`, an ES module, with the built package; the time-out ends a program that does not end by itself. */
function runProgram(source: string) {
  return spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: PACKAGE,
    encoding: 'utf8',
    env: { PORTHOLE_ADMIN_PORT: '0', PORTHOLE_DIR: sockets },
    timeout: 15_000,
  });
}

describe('porthole() where nothing has been started', () => {
  test('works in memory, listens to nothing, sets no timer and does not keep the process alive', () => {
    const { status, signal, stdout, stderr } = runProgram(`
      import { createHook } from 'node:async_hooks';
      import { writeSync } from 'node:fs';
      const made = new Set();
      const events = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection'];
      const count = () => events.map((event) => process.listenerCount(event));
      // Node's own, for the top-level await of this program.
      const before = count();
      createHook({ init: (id, type) => made.add(type) }).enable();
      const { porthole } = await import('@porthole/sdk');

      const { logger, metrics, health, tracer, withRecord, onShutdown } = porthole();
      metrics.counter({ name: 'orders_total', help: 'Orders.' }).add(2);
      health.readiness('store', () => false);
      onShutdown('store', () => logger.info('never'))();
      onShutdown('store', () => logger.info('never'));
      withRecord({ name: 'work' }, () => tracer.startActiveSpan('part', (span) => span.end()));
      withRecord({ name: 'work' }, () => logger.info('inside'));
      const timers = made.has('Timeout');

      const ready = await health.evaluate('ready');
      const exposition = await metrics.exposition();
      writeSync(2, JSON.stringify({
        timers,
        sockets: [...made].filter((type) => /SERVERWRAP|SIGNALWRAP|WORKER/.test(type)),
        listeners: events.filter((event, i) => count()[i] !== before[i]),
        ready: ready.passed,
        checks: ready.checks.map(({ name, status }) => [name, status]),
        counted: /^orders_total 2$/m.test(exposition),
        same: porthole() === porthole(),
      }));
    `);
    expect({ status, signal }, stderr).toEqual({ status: 0, signal: null });
    expect(JSON.parse(stderr)).toEqual({
      timers: false,
      sockets: [],
      listeners: [],
      ready: false,
      checks: [['store', 'fail']],
      counted: true,
      same: true,
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['inside', 'health check fails']);
    expect(JSON.parse(lines[0] as string).trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(readdirSync(sockets)).toEqual([]);
  });

  test('has a line on stdout when the call that logs it returns', () => {
    const { signal, stdout } = runProgram(`
      import { porthole } from '@porthole/sdk';
      porthole().logger.info('arrived');
      process.kill(process.pid, 'SIGKILL');
    `);
    expect(signal).toBe('SIGKILL');
    expect(JSON.parse(stdout)).toMatchObject({ level: 'info', message: 'arrived' });
  });
});
