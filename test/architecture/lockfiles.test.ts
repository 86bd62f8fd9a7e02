import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './workspace.js';

interface Lockfile {
  readonly packages: Readonly<Record<string, Entry>>;
}

interface Entry {
  readonly version?: string;
  readonly link?: true;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lockfiles = ['.', 'test/bench', 'test/prisma'].map((folder) => join(folder, 'package-lock.json'));

test('every lockfile of the repository is looked at', () => {
  const found = findLockfiles(ROOT);
  expect(found).toEqual([...lockfiles].sort());
});

test.each(lockfiles)('%s verifies each package that it installs, and names no registry', (file) => {
  const registry = entriesOf(file).filter(([location, { link }]) => location.includes('node_modules/') && !link);
  expect(registry.length).toBeGreaterThan(100);
  const locations = (entries: typeof registry): readonly string[] => entries.map(([location]) => location);
  expect(locations(registry.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')))).toEqual([]);
  expect(locations(registry.filter(([, { resolved }]) => resolved !== undefined))).toEqual([]);
});

test.each(lockfiles)('%s has the optional packages of all platforms', (file) => {
  const entries = new Map(entriesOf(file));
  const missing: string[] = [];
  for (const [location, { optionalDependencies = {} }] of entries) {
    for (const name of Object.keys(optionalDependencies)) if (!isFound(entries, location, name)) missing.push(name);
  }
  expect(missing).toEqual([]);
});

function entriesOf(file: string): readonly (readonly [location: string, entry: Entry])[] {
  return Object.entries((JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Lockfile).packages);
}

/** Whether Node's resolution from `location` finds `name` in the lockfile. */
function isFound(entries: ReadonlyMap<string, Entry>, location: string, name: string): boolean {
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (entries.has(`${folder === '' ? '' : `${folder}/`}node_modules/${name}`)) return true;
    if (folder === '') return false;
  }
}

function findLockfiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.name === 'package-lock.json') return [relative(ROOT, path)];
    return entry.isDirectory() && !/^(node_modules|dist|\..*)$/.test(entry.name) ? findLockfiles(path) : [];
  });
}
