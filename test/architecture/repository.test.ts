/** What the repository says about itself to contributors, and how it is released. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './workspace.js';

test.each([
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  '.github/PULL_REQUEST_TEMPLATE.md',
  '.github/ISSUE_TEMPLATE/bug.yml',
  '.github/ISSUE_TEMPLATE/feature.yml',
  '.github/ISSUE_TEMPLATE/config.yml',
])('has %s', (file) => {
  expect(existsSync(join(ROOT, file))).toBe(true);
});

const WORKFLOWS = join(ROOT, '.github/workflows');

describe.each(readdirSync(WORKFLOWS))('the workflow %s', (file) => {
  const workflow = readFileSync(join(WORKFLOWS, file), 'utf8');

  test('names each action by a commit, since a tag can be moved', () => {
    const actions = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('may read the repository and nothing else, unless a job says so', () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n$/m);
  });

  test('starts scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: object };
    for (const [, script] of workflow.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, path = ''] of workflow.matchAll(/node (scripts\/\S+)/g))
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  });
});

test('CI runs the test command of the README on each supported line of Node.js', () => {
  const workflow = readFileSync(join(WORKFLOWS, 'ci.yml'), 'utf8');
  const lines =
    /const VERSIONS = (\[.*\]);/.exec(readFileSync(join(ROOT, 'scripts/node-lines.mjs'), 'utf8'))?.[1] ?? '';
  const majors = [...lines.matchAll(/'(\d+)\./g)].map(([, major]) => major);
  expect(workflow).toContain(`node: [${majors.join(', ')}]`);
  const command = /## Working on it\n\n```sh\n(.*)\n```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1];
  expect(workflow).toContain(`- run: ${command}\n`);
});

test('a release has provenance, an SBOM and checksums', () => {
  const workflow = readFileSync(join(WORKFLOWS, 'release.yml'), 'utf8');
  expect(workflow).toContain('id-token: write');
  expect(workflow).toMatch(/npx changeset publish\n\s+env:\n(?:.*\n)?\s+NPM_CONFIG_PROVENANCE: true/);
  expect(workflow).toContain('node scripts/pack.mjs');
});
