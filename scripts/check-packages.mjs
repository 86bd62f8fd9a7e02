// `npm run packages`: packs each public package as it would be published and lets publint and attw look at the tarball, two
// packages at a time. `npm run packages -- core logger` looks at these alone. Needs a build (npm run build).
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, say } from './workspace.mjs';

const AT_A_TIME = 2;
const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'porthole-packages-'));

try {
  const queue = publicPackages(process.argv.slice(2));
  const results = [];
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const result = await check(one);
      results.push(result);
      say(`${result.problems.length === 0 ? 'ok  ' : 'FAIL'} ${one.name} (${result.summary})`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));

  const failed = results.filter(({ problems }) => problems.length > 0);
  for (const { name, problems } of failed) {
    for (const { tool, output } of problems) process.stdout.write(`\n${name}: ${tool}\n${output.trim()}\n`);
  }
  say(`${results.length - failed.length} of ${results.length} packages are fit to be published`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The packages that are published, or those of them that `wanted` names by folder. */
function publicPackages(wanted) {
  const parent = join(root, 'packages');
  const folders = readdirSync(parent);
  const unknown = wanted.filter((name) => !folders.includes(name));
  if (unknown.length > 0) throw new Error(`no such folder in packages/: ${unknown.join(', ')}`);
  return folders
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .map((name) => {
      const directory = join(parent, name);
      return { directory, ...JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) };
    })
    .filter((manifest) => manifest.private !== true);
}

/** What the tools have against the tarball of one package; nothing, if it is fit to be published. */
async function check({ name, directory }) {
  const pack = await capture('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], directory);
  if (pack.code !== 0) return { name, summary: 'not packed', problems: [{ tool: 'npm pack', output: pack.output }] };
  const [{ filename, entryCount, size }] = JSON.parse(pack.stdout);
  const tarball = join(folder, filename);

  const tools = [
    ['publint', ['node_modules/publint/src/cli.js', 'run', tarball, '--strict']],
    ['attw', ['node_modules/@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'node16', '--format', 'ascii']],
  ];
  const problems = [];
  for (const [tool, args] of tools) {
    const { code, output } = await capture(process.execPath, args, root);
    if (code !== 0) problems.push({ tool, output });
  }
  return { name, summary: `${entryCount} files, ${(size / 1024).toFixed(1)} kB packed`, problems };
}

async function capture(program, args, cwd) {
  try {
    const { stdout, stderr } = await execute(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, stdout, output: stdout + stderr };
  } catch (error) {
    return {
      code: error.code ?? 1,
      stdout: error.stdout ?? '',
      output: `${error.stdout ?? ''}${error.stderr ?? error.message}`,
    };
  }
}
