/**
 * Suites of Jest and Vitest over a module that calls porthole(): nothing is started, and the runner's own output stays
 * whole.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packPackages } from '../harness/packed-packages.js';
import { type Outcome, type Program, run, start } from '../harness/process.js';
import { freePort, type LogLine } from '../harness/service.js';

const FILES: Readonly<Record<string, string>> = {
  'orders.cjs': `
    const { porthole } = require('@porthole/sdk');
    const { logger, metrics, health, onShutdown, tracer, withRecord } = porthole();
    const accepted = metrics.counter({ name: 'orders_accepted_total', help: 'Orders that were accepted.' });
    const store = new Map();
    health.readiness('store', () => store.size < 2, { cacheMs: 0 });
    onShutdown('store', () => store.clear());

    exports.accept = (order) =>
      withRecord({ name: 'accept' }, () =>
        tracer.startActiveSpan('store', (span) => {
          store.set(order.id, order);
          accepted.add(1);
          logger.info({ 'order.id': order.id }, 'order accepted');
          span.end();
          return store.size;
        }),
      );
  `,
  'orders.test.cjs': `
    const { connect } = require('node:net');
    const { porthole } = require('@porthole/sdk');
    const { accept } = require('./orders.cjs');

    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

    test('an order is stored, counted and logged', async () => {
      expect(accept({ id: 17 })).toBe(1);
      expect(await porthole().metrics.exposition()).toMatch(/^orders_accepted_total 1$/m);
    });

    test('a full store is not ready', async () => {
      expect(await porthole().health.evaluate('ready')).toMatchObject({ passed: true });
      accept({ id: 18 });
      expect(await porthole().health.evaluate('ready')).toMatchObject({ passed: false });
    });

    test('an application that is made again replaces its check', async () => {
      porthole().health.readiness('store', () => true, { cacheMs: 0 });
      expect(await porthole().health.evaluate('ready')).toMatchObject({ passed: true, checks: [{ name: 'store' }] });
    });

    test('who spies on the standard output sees the lines', () => {
      const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
      porthole().logger.info('spied on');
      const calls = write.mock.calls;
      write.mockRestore();
      expect(calls).toEqual([[expect.stringMatching(/^\\{.*"message":"spied on".*\\}\\n$/)]]);
    });

    test('nothing listens, to connections or to signals', async () => {
      const refused = new Promise((resolve, reject) => {
        const socket = connect(Number(process.env.PORTHOLE_ADMIN_PORT), '127.0.0.1', () => reject(new Error('connected')));
        socket.on('error', resolve);
      });
      expect(await refused).toMatchObject({ code: 'ECONNREFUSED' });
      expect(signals.filter((signal) => process.listenerCount(signal) > 0)).toEqual([]);
    });
  `,
  'orders.spec.mjs': `
    import { porthole } from '@porthole/sdk';

    test('an order is logged', () => {
      porthole().logger.info('order accepted');
      const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      porthole().logger.info('spied on');
      const calls = write.mock.calls;
      write.mockRestore();
      expect(calls).toEqual([[expect.stringMatching(/^\\{.*"message":"spied on".*\\}\\n$/)]]);
    });
  `,
  'jest.config.json': JSON.stringify({
    testMatch: ['**/orders.test.cjs'],
    moduleFileExtensions: ['cjs', 'js', 'json'],
  }),
};

let root: string;
let suite: Program | undefined;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  const packages = await packPackages(join(root, 'tarballs'));
  await packages.install(join(root, 'app'), { packed: ['@porthole/sdk'], registry: { jest: '30.5.2' } });
  for (const [file, source] of Object.entries(FILES)) writeFileSync(join(root, 'app', file), source);
});

afterAll(() => {
  // Where the test fails because Jest does not end.
  suite?.child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

test('the suite passes, Jest ends by itself without open handles, and nothing was started', async () => {
  const sockets = join(root, 'sockets');
  mkdirSync(sockets);
  const env = { PORTHOLE_ADMIN_PORT: String(await freePort()), PORTHOLE_DIR: sockets, NODE_ENV: undefined };
  const jest = join(root, 'app/node_modules/jest/bin/jest.js');
  suite = start(process.execPath, [jest, '--ci', '--detectOpenHandles'], { cwd: join(root, 'app'), env });
  const outcome = await suite.outcome;

  expect(outcome, outcome.stderr).toMatchObject({ code: 0, signal: null });
  expect(outcome.stderr).toMatch(/^Tests: +5 passed, 5 total$/m);
  expect(outcome.stderr).not.toMatch(/open handle|did not exit/i);
  const lines = linesIn(outcome.stdout);
  const accepted = lines.filter(({ message }) => message === 'order accepted');
  expect(accepted.map((line) => line['order.id'])).toEqual([17, 18]);
  for (const line of accepted) expect(line.trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(readdirSync(sockets)).toEqual([]);
});

test.each([
  ['in one process', ['-i']],
  ['in workers', ['-w', '2']],
])('jest --json prints nothing but its results, %s', async (_, args) => {
  const { stdout, stderr } = await runJest(['--json', ...args]);
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 5 });
  expect(linesIn(stderr).map(({ message }) => message)).toContain('order accepted');
});

test('jest --silent prints no line', async () => {
  const { stdout, stderr } = await runJest(['--silent']);
  expect(linesIn(stdout + stderr)).toEqual([]);
});

test.each(['forks', 'threads', 'vmThreads'])(
  'vitest --reporter=json prints nothing but its results, in the pool %s',
  async (pool) => {
    const { stdout } = await runVitest(['--reporter=json', `--pool=${pool}`]);
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 1 });
  },
);

test('vitest shows the lines of a test below its name, and none with --silent', async () => {
  const shown = await runVitest([]);
  expect(linesIn(shown.stdout).map(({ message }) => message)).toEqual(['order accepted']);
  const silent = await runVitest(['--silent=true']);
  expect(linesIn(silent.stdout + silent.stderr)).toEqual([]);
});

/** The log lines in the output of a runner. */
function linesIn(output: string): LogLine[] {
  const rows = output.split('\n').map((row) => row.trim());
  return rows.filter((row) => row.startsWith('{"timestamp":')).map((row) => JSON.parse(row) as LogLine);
}

async function runJest(args: readonly string[]): Promise<Outcome> {
  const jest = join(root, 'app/node_modules/jest/bin/jest.js');
  const env = { PORTHOLE_ADMIN_PORT: String(await freePort()), NODE_ENV: undefined };
  return run(process.execPath, [jest, '--ci', ...args], { cwd: join(root, 'app'), env });
}

function runVitest(args: readonly string[]): Promise<Outcome> {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const env = { NODE_ENV: undefined, NO_COLOR: '1' };
  return run(process.execPath, [vitest, 'run', '--globals', 'orders.spec.mjs', ...args], {
    cwd: join(root, 'app'),
    env,
  });
}
