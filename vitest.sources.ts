// What unit tests load if they, or the sources that they test, import a package of the workspace: its sources, not its build. A fault in the
// sources of core then fails the tests of each package that imports core, before anything is built.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Alias {
  readonly find: RegExp;
  readonly replacement: string;
}

const PACKAGES = new URL('./packages/', import.meta.url);

/** Each entry that a package of the workspace exports, with the source that its build is made of. */
export function sourcesOfPackages(): Alias[] {
  return readdirSync(PACKAGES).flatMap((folder) => {
    const { name, exports } = readManifest(folder);
    return Object.entries(exports)
      .filter(([, target]) => typeof target !== 'string')
      .map(([entry]) => ({
        find: new RegExp(`^${name}${entry.slice(1)}$`),
        replacement: fileURLToPath(new URL(`${folder}/src/${entry === '.' ? 'index' : entry.slice(2)}.ts`, PACKAGES)),
      }));
  });
}

/** What the build of core puts in from its package.json. */
export function versionOfCore(): string {
  return readManifest('core').version;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(new URL(`${folder}/package.json`, PACKAGES), 'utf8')) as Manifest;
}
