/** The documents for contributors name files and link pages that there are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, readPackages } from './workspace.js';

const DECISIONS = 'docs/decisions';
const decisions = readdirSync(join(ROOT, DECISIONS)).filter((file) => file !== 'README.md');
const documents = [
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  join(DECISIONS, 'README.md'),
  ...decisions.map((file) => join(DECISIONS, file)),
];

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');

  test('names files that there are', () => {
    const named = [...text.matchAll(/`((?:packages|test|scripts|examples|docker|docs)\/[\w./-]+)`/g)];
    const missing = named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing.map((path) => [path, 'moved to', placesOf(basename(path))])).toEqual([]);
  });

  test('links pages that there are', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(resolve(ROOT, dirname(document), link)))).toEqual([]);
  });
});

test('the architecture names the files that a request and a probe pass', () => {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  expect(text.match(/`packages\/[\w./-]+\.ts`/g)?.length).toBeGreaterThan(25);
});

describe.each(decisions)('the decision %s', (file) => {
  const text = readFileSync(join(ROOT, DECISIONS, file), 'utf8');

  test('has a context, a decision and consequences, in 15 to 40 lines', () => {
    expect(text.match(/^## .*$/gm)).toEqual(['## Context', '## Decision', '## Consequences']);
    const lines = text.split('\n').length - 1;
    expect(lines).toBeGreaterThanOrEqual(15);
    expect(lines).toBeLessThanOrEqual(40);
  });

  test('is listed', () => {
    expect(readFileSync(join(ROOT, DECISIONS, 'README.md'), 'utf8')).toContain(`](${file})`);
  });
});

/** Where a source of that name is now. */
function placesOf(name: string): readonly string[] {
  return readPackages().flatMap(({ directory }) =>
    readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => basename(file) === name)
      .map((file) => relative(ROOT, join(directory, 'src', file))),
  );
}
