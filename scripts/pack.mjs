// `node scripts/pack.mjs FOLDER`: packs each public package into the new folder FOLDER, as npm would publish it, with SHA256SUMS and an SBOM in
// CycloneDX format (sbom.cdx.json) of all that an application installs with them. Needs the builds (npm run build, npm run build:static).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root, say } from './workspace.mjs';

const [target] = process.argv.slice(2);
if (target === undefined) {
  say('expected the folder to pack into: node scripts/pack.mjs FOLDER');
  process.exit(64);
}
const folder = resolve(target);
mkdirSync(folder);

const directories = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
const packed = JSON.parse(npm(['pack', '--json', '--pack-destination', folder, ...directories], root));
writeFileSync(join(folder, 'sbom.cdx.json'), sbomOf(packed));
writeFileSync(join(folder, 'SHA256SUMS'), packed.map(({ filename }) => `${sha256(filename)}  ${filename}\n`).join(''));
say(`packed ${packed.length} packages into ${folder}`);

/** What npm resolves for an application that depends on all packages and on what they require as peers. */
function sbomOf(packages) {
  const parent = mkdtempSync(join(tmpdir(), 'porthole-sbom-'));
  // The SBOM has the name of the folder.
  const application = join(parent, 'porthole');
  try {
    mkdirSync(application);
    const dependencies = Object.fromEntries(
      packages.map(({ name, filename }) => [name, `file:${join(folder, filename)}`]),
    );
    const manifest = { name: 'porthole', version: packages[0].version, private: true, dependencies };
    writeFileSync(join(application, 'package.json'), JSON.stringify(manifest));
    npm(['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], application);
    return npm(['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'], application);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function sha256(filename) {
  return createHash('sha256')
    .update(readFileSync(join(folder, filename)))
    .digest('hex');
}

function npm(args, cwd) {
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
}
