import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { violationsIn } from './source-rules.js';
import { ROOT, readPackages } from './workspace.js';

describe.each(readPackages().map(({ folder, directory }) => [folder, join(directory, 'src')]))(
  'the published sources of %s',
  (_, directory) => {
    test('keep the rules of the house', () => {
      const files = publishedSources(directory);
      expect(files.length).toBeGreaterThan(0);
      expect(files.flatMap((file) => violationsIn(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
    });
  },
);

describe('the rules see', () => {
  const somewhere = 'packages/logger/src/line.ts';

  test.each([
    ['reads process.env', 'const level = process.env.LEVEL;'],
    ['reads process.env', "const level = process['env'].LEVEL;"],
    ['reads process.env', 'const { env } = process;'],
    ['reads process.env', 'const { env: all } = globalThis.process;'],
    ['reads process.env', "import { env } from 'node:process';"],
    ['uses process.exit', 'function end() { process.exit(1); }'],
    ['uses process.exit', "import { exit as end } from 'process';"],
    ['uses process.exitCode', 'process.exitCode = 1;'],
    ['uses process.on', "process.on('SIGTERM', () => {});"],
    ['uses process.once', "globalThis.process.once('exit', () => {});"],
    ['uses console.log', "console.log('x');"],
    ['uses console.error', 'const { error } = console;'],
    ['imports createRequire', "import { createRequire } from 'node:module';"],
    ['uses import.meta', 'const url = import.meta.url;'],
    ['awaits at the top level', "const x = await import('./x.js');"],
    ['awaits at the top level', 'for await (const x of y) f(x);'],
    ['exports a default', 'export default 1;'],
    ['exports a default', 'export default function f() {}'],
    ['exports a default', "export { x as default } from './x.js';"],
  ])('what %s: %s', (what, source) => {
    expect(violationsIn(somewhere, source)).toEqual([`${somewhere}:1 ${what}`]);
  });

  test('nothing in comments and texts, in functions that await, and where it is allowed', () => {
    const fine = `// process.env, console.log, export default
      const text = 'process.exit(1); import.meta';
      export async function read() { for await (const x of y) await x; }
      const pid = process.pid;
      process.getBuiltinModule('node:module').createRequire('/app/');
      switch (pid) { default: }`;
    expect(violationsIn(somewhere, fine)).toEqual([]);
    expect(violationsIn('packages/core/src/config/x.ts', 'f(process.env)')).toEqual([]);
    expect(violationsIn('packages/lifecycle/src/x.ts', "process.once('exit', f); process.exit(1)")).toEqual([]);
    expect(violationsIn('packages/lifecycle/src/x.ts', 'f(process.env)')).toHaveLength(1);
  });

  test.each([
    ['packages/http/src/utils.ts', 'is named utils'],
    ['packages/http/src/helpers/route.ts', 'is named helpers'],
    ['packages/http/src/types.ts', 'is named types'],
    ['packages/http/src/RouteTemplate.ts', 'is not in kebab-case'],
  ])('the name of %s', (path, what) => {
    expect(violationsIn(path, '')).toEqual([`${path} ${what}`]);
  });

  test.each([
    ["export * from './x.js';", 're-exports without names'],
    ["export * as x from './x.js';", 're-exports without names'],
    ["export { type X, x } from './x.js';", 'mixes types and values'],
    ["import './x.js';", 'does more than re-export'],
    ['export const x = 1;', 'does more than re-export'],
    ['const x = 1; export { x };', 'does more than re-export'],
  ])('an index that holds %s', (source, what) => {
    const path = 'packages/http/src/index.ts';
    expect(violationsIn(path, source)).toContain(`${path}:1 ${what}`);
    expect(violationsIn(path, "export type { X } from './x.js'; export { x } from './x.js';")).toEqual([]);
  });
});

/** The files of a package that end up in its build, from the root, with slashes. */
function publishedSources(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((file) => relative(ROOT, join(directory, file)).split(sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$|\/src\/testing\//.test(file));
}
