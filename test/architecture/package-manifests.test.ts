import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allDependencies, type Manifest, type Package, publishedName, RINGS, ROOT, readPackages } from './workspace.js';

const packages = readPackages();
const folderOf = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));

test('each package has a ring, and each ring its packages', () => {
  expect(packages.map(({ folder }) => folder)).toEqual(Object.keys(RINGS).sort());
});

test('all packages have one version', () => {
  expect(new Set(packages.map(({ manifest }) => manifest.version)).size).toBe(1);
});

/** Where the repository is hosted. npm publishes with provenance only from the repository that a manifest names. */
const HOST = 'https://github.com/porthole-dev/porthole';

test.each([
  '.',
  ...packages.map(({ folder }) => `packages/${folder}`),
  ...readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}`),
])('the manifest in %s names its place in the repository', (folder) => {
  const { homepage, repository, bugs } = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const inRepository = folder === '.' ? {} : { directory: folder };
  expect({ homepage, repository, bugs }).toEqual({
    homepage: folder === '.' ? `${HOST}#readme` : `${HOST}/tree/main/${folder}#readme`,
    repository: { type: 'git', url: `git+${HOST}.git`, ...inRepository },
    bugs: { url: `${HOST}/issues` },
  });
});

test('no package stands on itself through others', () => {
  const cycles: string[] = [];
  const visit = (folder: string, trail: readonly string[]): void => {
    if (trail.includes(folder)) {
      cycles.push([...trail, folder].join(' → '));
      return;
    }
    for (const next of familyOf(packages.find((one) => one.folder === folder))) visit(next, [...trail, folder]);
  };
  for (const { folder } of packages) visit(folder, []);
  expect(cycles).toEqual([]);
});

describe.each(packages.map((one) => [one.manifest.name, one] as const))('%s', (_, one) => {
  const { folder, directory, manifest } = one;

  test('is named after its folder and published as what it is', () => {
    expect(manifest).toMatchObject({
      name: publishedName(folder),
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20.19.0' },
    });
    expect(manifest.private).toBeUndefined();
  });

  test('has a README', () => {
    expect(existsSync(join(directory, 'README.md'))).toBe(true);
  });

  test('has the licence of the family, which npm packs with it', () => {
    expect(readFileSync(join(directory, 'LICENSE'), 'utf8')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
  });

  test('stands on what its ring allows', () => {
    const ring = RINGS[folder] as 1 | 2 | 3;
    const family = familyOf(one);
    if (ring === 1) {
      expect(family).toEqual([]);
      expect(allDependencies(one)).toEqual([]);
    } else if (ring === 2) {
      expect(family).toEqual(['core']);
    }
  });

  test('pins its siblings to the exact version of the family', () => {
    for (const [name, range] of allDependencies(one)) {
      if (name.startsWith('@porthole/') || name === 'porthole') expect([name, range]).toEqual([name, manifest.version]);
    }
  });

  test('pins what it runs on to exact versions, but for what an application has to have one of', () => {
    const { '@opentelemetry/api': shared, ...pinned } = manifest.dependencies ?? {};
    if (shared !== undefined) expect(shared).toMatch(/^\^1\.\d+\.\d+$/);
    for (const [name, range] of Object.entries(pinned)) {
      expect(`${name}@${range}`).toMatch(/@\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });

  test('exports each entry for import and require, with the types first', () => {
    const entries = Object.entries(manifest.exports ?? {});
    expect(entries.map(([entry]) => entry)).toContain('./package.json');
    expect(entries[0]?.[0]).toBe('.');
    for (const [entry, target] of entries) {
      expect(entry).not.toContain('*');
      if (typeof target === 'string') {
        expect(target).toBe(entry);
        expect(target).toMatch(/^\.\/[\w/-]+\.json$/);
        continue;
      }
      const base = `./dist/${entry === '.' ? 'index' : entry.slice(2)}`;
      // As text, since the order of the conditions is what decides.
      expect(JSON.stringify(target)).toBe(
        JSON.stringify({
          import: { types: `${base}.d.ts`, default: `${base}.js` },
          require: { types: `${base}.d.cts`, default: `${base}.cjs` },
        }),
      );
    }
  });

  test('is found by tools that do not read exports', () => {
    expect(manifest.main).toBe('./dist/index.cjs');
    expect(manifest.types).toBe('./dist/index.d.ts');
    const subpaths = Object.entries(manifest.exports ?? {})
      .filter(([entry, target]) => entry !== '.' && typeof target !== 'string')
      .map(([entry]) => [entry.slice(2), [`./dist/${entry.slice(2)}.d.ts`]]);
    expect(manifest.typesVersions?.['*'] ?? {}).toEqual(Object.fromEntries(subpaths));
  });

  test('publishes its build and no sources', () => {
    expect(manifest.files).toContain('dist');
    for (const file of manifest.files ?? []) expect(file).toMatch(/^(?!src\b)[\w./-]+$/);
  });

  test('runs nothing when it is installed', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'dependencies'];
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => hooks.includes(script))).toEqual([]);
  });
});

/** The folders of the siblings that a package names, as whatever sort of dependency. */
function familyOf(one: Package | undefined): readonly string[] {
  if (one === undefined) return [];
  return allDependencies(one).flatMap(([name]) => folderOf.get(name) ?? []);
}
