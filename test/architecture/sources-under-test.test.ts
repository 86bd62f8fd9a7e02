import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourcesOfPackages } from '../../vitest.sources.js';
import { ROOT, readPackages } from './workspace.js';

const run = promisify(execFile);

test('each entry of each package has its source in the unit tests', () => {
  const aliases = sourcesOfPackages();
  for (const { manifest } of readPackages()) {
    for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
      const specifier = `${manifest.name}${entry.slice(1)}`;
      const sources = aliases.filter(({ find }) => find.test(specifier)).map(({ replacement }) => replacement);
      expect([specifier, sources.length]).toEqual([specifier, typeof target === 'string' ? 0 : 1]);
      for (const source of sources) expect([source, existsSync(source)]).toEqual([source, true]);
    }
  }
});

let workspace: string;

/** The two packages without what has been built of them; `node_modules` leads to the builds of this workspace. */
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'porthole-test-'));
  for (const file of ['package.json', 'tsconfig.json', 'vitest.config.ts', 'vitest.sources.ts']) {
    cpSync(join(ROOT, file), join(workspace, file));
  }
  for (const folder of ['packages/core', 'packages/health']) {
    for (const part of ['package.json', 'src', 'README.md']) {
      cpSync(join(ROOT, folder, part), join(workspace, folder, part), { recursive: true });
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules'));
});

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

test('a fault in the sources of core fails the tests of health, though the build of core has none', async () => {
  const index = join(workspace, 'packages/core/src/index.ts');
  writeFileSync(index, `${readFileSync(index, 'utf8')}\nthrow new Error('a deliberate fault in core');\n`);
  const suite = 'packages/health/src/create-health.test.ts';
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', suite];
  const options = { cwd: workspace, env: { PATH: process.env.PATH, NO_COLOR: '1' } };
  const { stderr } = await run(process.execPath, args, options).catch((error: { stderr: string }) => error);
  expect(stderr).toContain(`FAIL  |unit| ${suite}`);
  expect(stderr).toContain('Error: a deliberate fault in core');
}, 180_000);
