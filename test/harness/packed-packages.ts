/**
 * The packages as a user gets them: packed as they would be published, and installed in a folder outside of the
 * workspace.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPackages } from '../architecture/workspace.js';
import { run } from './process.js';

/** What an application depends on. */
export interface Wanted {
  /** Packages of the family, by name. */
  readonly packed: readonly string[];
  /** Packages of the registry: exact versions by name. @defaultValue none */
  readonly registry?: Readonly<Record<string, string>>;
}

/** The packed family. */
export interface PackedPackages {
  /**
   * Makes `folder` an application that depends on what is wanted, and installs that. The family comes from its
   * tarballs, also where one of its packages needs another; throws where npm took one from a registry.
   */
  install(folder: string, wanted: Wanted): Promise<void>;
}

const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];

/** Packs every package that is published, with the build that stands in the workspace, into the new folder `folder`. */
export async function packPackages(folder: string): Promise<PackedPackages> {
  mkdirSync(folder, { recursive: true });
  const directories = readPackages()
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ directory }) => directory);
  const output = await npm(
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...directories],
    folder,
  );
  const packed = JSON.parse(output) as readonly { readonly name: string; readonly filename: string }[];
  const tarballs = Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${join(folder, filename)}`]));

  return {
    install: async (into, wanted) => {
      const own = Object.entries(tarballs).filter(([name]) => wanted.packed.includes(name));
      const others = Object.entries(tarballs).filter(([name]) => !wanted.packed.includes(name));
      mkdirSync(into, { recursive: true });
      const manifest = {
        name: 'newcomer',
        version: '1.0.0',
        private: true,
        type: 'module',
        dependencies: { ...Object.fromEntries(own), ...wanted.registry },
        overrides: Object.fromEntries(others),
      };
      writeFileSync(join(into, 'package.json'), JSON.stringify(manifest, undefined, 2));
      await npm(INSTALL, into);
      refuseStrangers(into, Object.keys(tarballs));
    },
  };
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
}

/** Throws where a package of the family was installed from elsewhere than its tarball. */
function refuseStrangers(folder: string, family: readonly string[]): void {
  const lockfile = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lockfile;
  const strangers = Object.entries(lockfile.packages).filter(([path, { resolved = '' }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return path !== '' && (family.includes(name) || name.startsWith('@porthole/')) && !resolved.startsWith('file:');
  });
  if (strangers.length > 0)
    throw new Error(`not installed from a tarball: ${strangers.map(([path]) => path).join(', ')}`);
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run('npm', args, { cwd });
  if (code !== 0) throw new Error(`npm ${args[0]} exited ${code}: ${stderr}`);
  return stdout;
}
