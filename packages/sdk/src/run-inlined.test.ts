/**
 * What bundlers make that put `import()` into the one file and run it at once, as Rollup does with
 * `inlineDynamicImports`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'porthole-loaded-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dist = (file: string): string => JSON.stringify(resolve(import.meta.dirname, '../dist', file));
const HEAD = `const { createServer } = require('node:http'); const { run } = require(${dist('run.cjs')}); const { porthole } = require(${dist('index.cjs')});`;
const RUN = "run({ service: 'one', main: () => Promise.resolve().then(() => server) });";
const SERVER = "const server = createServer().listen(0, '127.0.0.1', () => console.log('listens'));";
const USE = 'const { logger } = porthole();';

const FILES: Readonly<Record<string, string>> = {
  'after-run': `${HEAD} ${RUN} ${USE} ${SERVER}`,
  'before-run': `${HEAD} ${USE} ${SERVER} ${RUN}`,
  'without-the-sdk': `${HEAD} ${RUN} ${SERVER}`,
  // As Fastify does, after its plugins are loaded.
  late: `${HEAD} ${RUN} let server; setImmediate(() => { ${SERVER.replace('const ', '')} });`,
  'nothing-runs': `${HEAD} ${RUN} const server = {};`,
};
for (const [name, source] of Object.entries(FILES)) writeFileSync(join(folder, `${name}.cjs`), source);

function execute(name: string, ...args: readonly string[]) {
  const env = { PORTHOLE_DIR: folder, PORTHOLE_ADMIN_PORT: 'off' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, `${name}.cjs`), ...args], {
    env,
    encoding: 'utf8',
    timeout: 15_000,
  });
  return { status, stdout, stderr };
}

test.each(['after-run', 'before-run', 'without-the-sdk', 'late'])('no sub-command starts the service: %s', (name) => {
  for (const word of ['version', 'status', 'healthcheck', 'no-command']) {
    const { status, stderr } = execute(name, word);
    expect({ word, status }).toEqual({ word, status: 70 });
    expect(stderr).toMatch(/^run: (?:this file runs the service's modules before|a server listens in the process of)/m);
  }
});

test('a service in the same file that does nothing by itself hinders no sub-command', () => {
  const { status, stdout, stderr } = execute('nothing-runs', 'version');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('one');
});
