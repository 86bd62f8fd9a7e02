/** What a newcomer does: installs the published packages in an empty folder, copies the READMEs' code, and runs it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/workspace.js';
import { packPackages } from '../harness/packed-packages.js';
import { type Outcome, run } from '../harness/process.js';
import { type LogLine, type Service, startService } from '../harness/service.js';
import { BANNER } from '../matrix/bundles.js';

/** The example in the README of `folder` that contains `part`. */
function exampleOf(folder: string, part: string): string {
  const readme = readFileSync(join(ROOT, folder, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code as string);
  const example = examples.find((code) => code.includes(part));
  if (example === undefined) throw new Error(`the README in ${folder} has no example with ${part}`);
  return example;
}

const FILES: Readonly<Record<string, string>> = {
  'quick-start/app.js': exampleOf('.', '// app.js'),
  'quick-start/server.js': exampleOf('.', '// server.js'),

  'app.js': exampleOf('packages/sdk', '// app.js'),
  'server.js': exampleOf('packages/sdk', '// server.js'),
  // The database that the README's server has, without a database.
  'database.js': 'export const pool = { query: async () => ({ rows: [] }), end: async () => {} };',

  'app.cjs': `
    const { run } = require('@porthole/sdk/run');
    run({ service: 'orders', main: () => require('./server.cjs') });
  `,
  'server.cjs': `
    const { portholePlugin } = require('@porthole/fastify');
    const { porthole } = require('@porthole/sdk');
    const { fastify } = require('fastify');
    const { logger, health, onShutdown } = porthole();
    const app = fastify({ loggerInstance: logger });
    app.register(portholePlugin);
    app.get('/orders/:id', async (request) => ({ id: request.params.id }));
    health.readiness('store', () => true);
    onShutdown('http', () => app.close());
    app.listen({ port: Number(process.env.PORT), host: '0.0.0.0' });
  `,

  'own-entry.js': exampleOf('packages/fastify', 'startPorthole'),
  'own-entry-and-server.js': exampleOf('packages/sdk', 'startPorthole'),
  'probe.js': `
    import { probe } from '@porthole/healthcheck';
    const { healthy, message } = await probe({ probe: 'ready' });
    console.log(message);
    process.exitCode = healthy ? 0 : 1;
  `,
  'watch-http.js': exampleOf('packages/http', 'instrumentInbound'),

  'both-builds.js': `
    import { createRequire } from 'node:module';
    import * as esmCore from '@porthole/core';
    import * as esmSdk from '@porthole/sdk';
    const require = createRequire(import.meta.url);
    const builds = {
      esm: { core: esmCore, sdk: esmSdk },
      cjs: { core: require('@porthole/core'), sdk: require('@porthole/sdk') },
    };
    const [first, second] = process.argv.slice(2).map((name) => builds[name]);
    const started = first.sdk.startPorthole({ service: 'orders' });
    const same = first.sdk !== second.sdk && first.sdk.porthole() === started && second.sdk.porthole() === started;
    second.core.withRecord({ name: 'work' }, () => started.logger.info({ same }, 'inside'));
  `,
};

let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  const packages = await packPackages(join(root, 'tarballs'));
  await packages.install(join(root, 'newcomer'), {
    packed: ['@porthole/sdk', '@porthole/fastify', '@porthole/healthcheck', '@porthole/core', '@porthole/http'],
    registry: { fastify: '5.12.8', esbuild: '0.28.2' },
  });
  await packages.install(join(root, 'sdk-alone'), { packed: ['@porthole/sdk'] });
  mkdirSync(join(root, 'newcomer/quick-start'));
  for (const [file, source] of Object.entries(FILES)) writeFileSync(join(root, 'newcomer', file), source);
  // Beside the installation, not inside it, so that a bundle finds no node_modules.
  mkdirSync(join(root, 'bundled'));
  await bundle('app.js', '--format=esm', '--outfile=../bundled/app.mjs', `--banner:js=${BANNER}`);
  await bundle('app.cjs', '--format=cjs', '--outfile=../bundled/app.cjs');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function bundle(entry: string, ...options: readonly string[]): Promise<void> {
  const cwd = join(root, 'newcomer');
  const args = [entry, '--bundle', '--platform=node', '--target=node20', '--log-level=warning', ...options];
  expect(await run(join(cwd, 'node_modules/.bin/esbuild'), args, { cwd })).toMatchObject({ code: 0, stderr: '' });
}

/** Starts `file`, a path below the root. */
function startApp(file: string): Promise<Service> {
  return startService(join(root, file));
}

/** Runs a program of the newcomer's that finds `app` by its environment. */
function runBeside(app: Service, file: string, ...args: string[]): Promise<Outcome> {
  return run(process.execPath, [join(root, file), ...args], { env: app.env });
}

describe.each([
  ['the quick start of the README', 'newcomer/quick-start/app.js'],
  ['the app in the README of @porthole/sdk, an ES module', 'newcomer/app.js'],
  ['the same in CommonJS', 'newcomer/app.cjs'],
  ['the ES module in one file', 'bundled/app.mjs'],
  ['the CommonJS module in one file', 'bundled/app.cjs'],
])('%s', (_, file) => {
  let app: Service;

  beforeAll(async () => {
    app = await startApp(file);
  });

  afterAll(() => app?.dispose());

  test('makes one line and one observation of a request, under the template of its route', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    expect(await (await fetch(`${app.url}/orders/4711`, { headers })).json()).toEqual({ id: '4711' });
    // Lines keep their order: whatever is said of the first request stands before the line of the second.
    await fetch(`${app.url}/orders/4712`);
    await app.linesLike((line) => line['url.path'] === '/orders/4712');
    const lines = await app.linesLike((line) => line.trace_id === traceId);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      'service.name': 'orders',
      'http.route': '/orders/:id',
      'url.path': '/orders/4711',
    });

    const metrics = await (await fetch(`${app.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^http_server_request_duration_seconds_count\{.*http_route="\/orders\/:id".*\} 2$/m);
  });

  test('is its own probe', async () => {
    expect(await runBeside(app, file, 'healthcheck')).toMatchObject({ code: 0, stderr: '' });
  });

  test('refuses a word that is no sub-command, and starts nothing', async () => {
    const outcome = await runBeside(app, file, 'helthcheck');
    expect(outcome).toMatchObject({ code: 64, stdout: '' });
    expect(outcome.stderr).toContain('did you mean "healthcheck"?');
  });

  test('ends in order at SIGTERM', async () => {
    expect(await app.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe.each([
  ['an app that calls startPorthole() itself', 'newcomer/own-entry.js'],
  ['an app that calls startPorthole() before it loads the server', 'newcomer/own-entry-and-server.js'],
])('%s', (_, file) => {
  test('answers the admin port and the probe of @porthole/healthcheck, and ends in order at SIGTERM', async () => {
    const app = await startApp(file);
    try {
      expect((await fetch(`${app.adminUrl}/readyz`)).status).toBe(200);
      expect(await runBeside(app, 'newcomer/probe.js')).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
      await fetch(`${app.url}/orders/4711`);
      const [line] = await app.linesLike((one) => one['url.path'] === '/orders/4711');
      expect(line).toMatchObject({ 'http.route': '/orders/:id' });
      expect(await app.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
    } finally {
      await app.dispose();
    }
  });
});

test.each([
  ['ESM', 'CommonJS', ['esm', 'cjs']],
  ['CommonJS', 'ESM', ['cjs', 'esm']],
])('what the %s build has started is what the %s build in the same process uses', async (_first, _second, builds) => {
  const env = { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off' };
  const program = join(root, 'newcomer/both-builds.js');
  const { code, stdout, stderr } = await run(process.execPath, [program, ...builds], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const inside = lines.find(({ message }) => message === 'inside');
  expect(inside).toMatchObject({ same: true, trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  // The record that the second build made, seen by the observers that the first one added.
  expect(lines.filter(({ trace_id }) => trace_id === inside?.trace_id)).toHaveLength(2);
});

test('the example in the README of @porthole/http runs', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [join(root, 'newcomer/watch-http.js')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n').sort()).toEqual(['client GET /orders 200', 'server GET /orders 200']);
});

test('@porthole/sdk with all that it needs takes at most 30 MB and 75 packages', () => {
  const modules = join(root, 'sdk-alone', 'node_modules');
  const files = (readdirSync(modules, { recursive: true }) as string[]).map((path) => join(modules, path));
  const megabytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
  const packages = files.filter((file) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file)).length;
  const figures = `${megabytes.toFixed(1)} MB in ${packages} packages`;
  expect(packages, figures).toBeGreaterThan(11);
  expect(megabytes, figures).toBeLessThanOrEqual(30);
  expect(packages, figures).toBeLessThanOrEqual(75);
});
