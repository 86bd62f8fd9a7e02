// Completes package-lock.json with the optional packages of other platforms. Some registries and mirrors serve only the
// packages of the platforms in use; npm then leaves the others out of the lockfile, and `npm ci` refuses it ("Missing: … from
// lock file"). Run it after every change of dependencies: node scripts/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATING_SYSTEMS = new Set([
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]);
const PROCESSORS = new Set(['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']);

const path = new URL('../package-lock.json', import.meta.url);
const lockfile = JSON.parse(readFileSync(path, 'utf8'));
const { packages } = lockfile;

let added = 0;
for (const [location, { optionalDependencies = {} }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(location, name)) continue;
    const platform = platformOf(name);
    if (platform === undefined) throw new Error(`${name}: no platform can be read from this name; add it by hand`);
    packages[`node_modules/${name}`] = { version, ...platform, dev: true, optional: true };
    added++;
  }
}
lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
process.stdout.write(`added ${added} optional packages of other platforms\n`);

/** Whether Node's resolution from `location` finds `name` in the lockfile. */
function isLocked(location, name) {
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

/** `@rollup/rollup-linux-arm64-musl` → os linux, cpu arm64, libc musl. */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const os = words.map((word) => (word === 'windows' ? 'win32' : word)).find((word) => OPERATING_SYSTEMS.has(word));
  const cpu = words.map((word) => (word === '64' ? 'x64' : word)).find((word) => PROCESSORS.has(word));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.at(-1).startsWith('musl') ? 'musl' : words.at(-1).startsWith('gnu') ? 'glibc' : undefined;
  return { cpu: [cpu], ...(os === 'linux' && libc !== undefined ? { libc: [libc] } : {}), os: [os] };
}
