// `node scripts/complete-lockfile.mjs`: brings package-lock.json up to date after a change of dependencies. If packages are installed, npm writes
// the lockfile from them and leaves out the optional packages of other platforms; `npm ci` then refuses it. So npm resolves in a folder in
// which nothing is installed. An entry without a checksum would be installed unverified: the script fails on it.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root, say } from './workspace.mjs';

const lockfile = readJson('package-lock.json');
// npm keeps an entry as it is: one without a checksum is resolved anew.
for (const location of withoutChecksum(lockfile)) delete lockfile.packages[location];
const resolved = resolve(lockfile);

const incomplete = withoutChecksum(resolved);
if (incomplete.length > 0) {
  say(`package-lock.json is unchanged; the registry has no integrity for ${incomplete.join(', ')}`);
  process.exit(1);
}
writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(resolved, null, 2)}\n`);
say(`package-lock.json has ${Object.keys(resolved.packages).length} entries, each of the registry with its integrity`);

/** What npm makes of `lockfile` and the manifests of the workspace if nothing is installed. */
function resolve(lockfile) {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-lockfile-'));
  try {
    for (const file of ['.npmrc', ...manifests()]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(join(root, file), join(folder, file));
    }
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lockfile));
    const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The locations of packages of the registry that have no checksum. */
function withoutChecksum({ packages }) {
  return Object.entries(packages)
    .filter(([location, { link, integrity }]) => location.includes('node_modules/') && !link && integrity === undefined)
    .map(([location]) => location);
}

/** The manifests of the workspace, from the root. */
function manifests() {
  const folders = readJson('package.json').workspaces.map((pattern) => pattern.replace(/\/\*$/, ''));
  const all = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`),
  );
  return ['package.json', ...all.filter((file) => existsSync(join(root, file)))];
}

function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}
