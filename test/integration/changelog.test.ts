/** `npm run changeset:version` in a copy of the workspace: the changelog is made from the changesets. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../architecture/workspace.js';
import { run } from '../harness/process.js';

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'porthole-version-'));
  for (const part of ['package.json', 'package-lock.json', '.npmrc', 'CHANGELOG.md', '.changeset', 'scripts']) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  for (const folder of ['packages', 'examples']) {
    for (const name of readdirSync(join(ROOT, folder))) {
      cpSync(join(ROOT, folder, name, 'package.json'), join(copy, folder, name, 'package.json'));
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const name of changesets()) rmSync(join(copy, '.changeset', name));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

const changesets = (): readonly string[] =>
  readdirSync(join(copy, '.changeset')).filter((name) => basename(name).endsWith('.md'));

const version = (): ReturnType<typeof run> => run(process.execPath, ['scripts/version.mjs'], { cwd: copy });

test('a release lists its changesets by kind, above the releases before it', async () => {
  writeFileSync(join(copy, 'CHANGELOG.md'), '# Changelog\n\nHead.\n\n## 0.1.0 - 2026-01-01\n\n- First.\n');
  writeFileSync(join(copy, '.changeset/a.md'), "---\n'@porthole/core': patch\n---\n\nMends a fault.\nIn two lines.\n");
  writeFileSync(join(copy, '.changeset/b.md'), "---\n'@porthole/sdk': minor\n---\n\n- One thing.\n- Another.\n");
  const { code, stdout, stderr } = await version();
  expect(code, stdout + stderr).toBe(0);
  const today = new Date().toISOString().slice(0, 10);
  expect(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8')).toBe(
    `# Changelog\n\nHead.\n\n## 0.2.0 - ${today}\n\n### Added and changed\n\n- One thing.\n- Another.\n\n### Fixed\n\n- Mends a fault.\n  In two lines.\n\n## 0.1.0 - 2026-01-01\n\n- First.\n`,
  );
  expect(changesets()).toEqual([]);
  for (const name of readdirSync(join(copy, 'packages'))) {
    expect(JSON.parse(readFileSync(join(copy, 'packages', name, 'package.json'), 'utf8')).version).toBe('0.2.0');
  }
}, 120_000);

test('without a changeset nothing is changed', async () => {
  expect(await version()).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run changeset') });
});

test('a changeset without a text is refused', async () => {
  writeFileSync(join(copy, '.changeset/a.md'), "---\n'@porthole/core': patch\n---\n\n");
  expect(await version()).toMatchObject({ code: 1, stderr: expect.stringContaining('.changeset/a.md: expected') });
  expect(changesets()).toEqual(['a.md']);
});
