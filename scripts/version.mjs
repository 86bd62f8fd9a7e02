// `npm run changeset:version`: makes a release of the changesets. It adds them to CHANGELOG.md under the new version, sets the version of all packages,
// removes the changesets, and brings package-lock.json up to date.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runOrExit, say } from './workspace.mjs';

/** The kinds of change, from the one that matters most. */
const HEADINGS = { major: 'Breaking', minor: 'Added and changed', patch: 'Fixed' };

const folder = join(root, '.changeset');
const changesets = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => parseChangeset(name, readFileSync(join(folder, name), 'utf8')));
if (changesets.length === 0) {
  say('there is no changeset; add one with npm run changeset');
  process.exit(1);
}

await runOrExit('npx', ['changeset', 'version']);
const { version } = JSON.parse(readFileSync(join(root, 'packages/sdk/package.json'), 'utf8'));
const changelog = join(root, 'CHANGELOG.md');
const [head, ...releases] = readFileSync(changelog, 'utf8').split(/^(?=## )/m);
writeFileSync(changelog, [`${head.trimEnd()}\n\n`, sectionOf(version), ...releases].join(''));
execFileSync('node', ['scripts/complete-lockfile.mjs'], { cwd: root, stdio: 'inherit' });
say(`version ${version}: commit it, and tag it v${version}`);

/** The strongest kind of change that a changeset names for a package, and its text. */
function parseChangeset(name, text) {
  const [, head = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  const type = Object.keys(HEADINGS).find((kind) => new RegExp(`: ${kind}$`, 'm').test(head));
  if (type === undefined || body.trim() === '') {
    say(`.changeset/${name}: expected a package with major, minor or patch, and a text`);
    process.exit(1);
  }
  return { type, body: body.trim() };
}

function sectionOf(version) {
  const date = new Date().toISOString().slice(0, 10);
  const parts = Object.entries(HEADINGS).map(([type, heading]) => {
    const bodies = changesets.filter((changeset) => changeset.type === type).map(({ body }) => asItems(body));
    return bodies.length === 0 ? '' : `### ${heading}\n\n${bodies.join('\n')}\n\n`;
  });
  return `## ${version} - ${date}\n\n${parts.join('')}`;
}

/** A body that is a list already stays one. */
function asItems(body) {
  return body.startsWith('- ') ? body : `- ${body.replaceAll('\n', '\n  ')}`;
}
