import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, readPackages } from './workspace.js';

const run = promisify(execFile);

test('no import goes through a wall between the packages', async () => {
  const folders = readPackages().map(({ folder }) => `packages/${folder}/src`);
  expect(await cruise(ROOT, folders, 'err-long')).toMatch(/^\s*✔ no dependency violations found/);
});

/** A workspace that breaks each rule once. */
const BROKEN: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true }',
  'packages/core/package.json': '{ "name": "@porthole/core", "exports": { "./internal": "./dist/internal.js" } }',
  'packages/core/dist/internal.js': 'export const a = 1;',
  'packages/core/src/a.ts': "import { b } from './b.js'; export const a: number = b;",
  'packages/core/src/b.ts': "import { a } from './a.js'; export const b: number = a;",
  'packages/core/src/c.ts': "import pino from 'pino'; export const c: unknown = pino;",
  'packages/core/src/d.ts': "import { a } from '../dist/internal.js'; export const d: number = a;",
  'packages/metrics/package.json': '{ "name": "@porthole/metrics", "exports": { ".": "./dist/index.js" } }',
  'packages/metrics/dist/index.js': 'export const m = 1;',
  'packages/metrics/src/m.ts': 'export const m: number = 1; export type M = number;',
  'packages/logger/package.json': '{ "name": "@porthole/logger" }',
  'packages/logger/src/by-name.ts': "import { m } from '@porthole/metrics'; export const l: number = m;",
  'packages/logger/src/by-path.ts': "import type { M } from '../../metrics/src/m.js'; export type L = M;",
  'packages/logger/src/into-core.ts': "import { a } from '../../core/dist/internal.js'; export const l: number = a;",
  'packages/logger/src/past-exports.ts':
    "import { a } from '@porthole/core/dist/internal.js'; export const l: number = a;",
  'packages/logger/src/allowed.ts': "import { a } from '@porthole/core/internal'; export const l: number = a;",
  'packages/logger/src/undeclared.ts': "import pino from 'pino'; export const l: unknown = pino;",
  'packages/healthcheck/package.json': '{ "name": "@porthole/healthcheck" }',
  'packages/healthcheck/src/h.ts': "import { get } from 'node:http'; export const h: unknown = get;",
  'packages/healthcheck/src/h.test.ts': "import { get } from 'node:http'; export const h: unknown = get;",
  'packages/healthcheck/src/allowed.ts':
    "import { connect } from 'node:net'; import { a } from '@porthole/core/internal'; export const h: unknown = [connect, a];",
};

let workspace: string;

beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  for (const [file, content] of Object.entries(BROKEN)) {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), content);
  }
  mkdirSync(join(workspace, 'node_modules/@porthole'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/pino'), join(workspace, 'node_modules/pino'));
  for (const folder of ['core', 'metrics']) {
    symlinkSync(join(workspace, 'packages', folder), join(workspace, 'node_modules/@porthole', folder));
  }
});

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

test('each wall stands: an import through it is found, and the allowed ways are open', async () => {
  const report = JSON.parse(await cruise(workspace, ['packages'], 'json')) as Report;
  const found = report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  expect([...new Set(found)].sort()).toEqual([
    'core-stands-alone: packages/core/src/c.ts',
    'core-stands-alone: packages/core/src/d.ts',
    'no-cycles: packages/core/src/a.ts',
    'no-own-build: packages/core/src/d.ts',
    'no-sideways-imports: packages/logger/src/by-name.ts',
    'no-sideways-imports: packages/logger/src/by-path.ts',
    'no-undeclared-packages: packages/core/src/c.ts',
    'no-undeclared-packages: packages/logger/src/undeclared.ts',
    'no-way-around-exports: packages/logger/src/by-path.ts',
    'no-way-around-exports: packages/logger/src/into-core.ts',
    'nothing-unresolved: packages/logger/src/past-exports.ts',
    'the-probe-stays-small: packages/healthcheck/src/h.ts',
  ]);
});

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[];
  };
}

/** What dependency-cruiser says about `paths` in `directory`, under the rules of the repository. */
async function cruise(directory: string, paths: readonly string[], outputType: string): Promise<string> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(ROOT, '.dependency-cruiser.cjs');
  const args = [program, ...paths, '--config', config, '--output-type', outputType];
  try {
    const { stdout } = await run(process.execPath, args, { cwd: directory, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    // It exits with the number of violations, and says on stdout what they are.
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout === '' ? stderr : stdout;
  }
}
