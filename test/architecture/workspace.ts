/** The packages of the workspace as their manifests describe them, and the ring that each belongs to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Ring 1 stands on nothing, ring 2 on core alone and never on a sibling, ring 3 on what it needs. A new package is
 * given its ring here.
 */
export const RINGS: Readonly<Record<string, 1 | 2 | 3>> = {
  core: 1,
  logger: 2,
  metrics: 2,
  tracing: 2,
  health: 2,
  lifecycle: 2,
  http: 2,
  clients: 2,
  diagnostics: 2,
  admin: 3,
  healthcheck: 3,
  cli: 3,
  fastify: 3,
  sdk: 3,
  dashboards: 3,
};

/** What the tests look at in a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: unknown;
  readonly bugs?: unknown;
  readonly type?: string;
  readonly main?: string;
  readonly types?: string;
  readonly files?: readonly string[];
  readonly sideEffects?: unknown;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One package of the family. */
export interface Package {
  /** The folder's name under `packages/`. */
  readonly folder: string;
  readonly directory: string;
  readonly manifest: Manifest;
}

/** All packages, by folder name. */
export function readPackages(): readonly Package[] {
  const parent = join(ROOT, 'packages');
  return readdirSync(parent)
    .filter((folder) => existsSync(join(parent, folder, 'package.json')))
    .sort()
    .map((folder) => {
      const directory = join(parent, folder);
      return {
        folder,
        directory,
        manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest,
      };
    });
}

/** The name under which `folder` is published. */
export function publishedName(folder: string): string {
  return folder === 'cli' ? 'porthole' : `@porthole/${folder}`;
}

/** Every dependency that `manifest` names, of whatever sort, with its range. */
export function allDependencies({ manifest }: Package): readonly (readonly [name: string, range: string])[] {
  return [
    manifest.dependencies,
    manifest.devDependencies,
    manifest.peerDependencies,
    manifest.optionalDependencies,
  ].flatMap((group) => Object.entries(group ?? {}));
}
