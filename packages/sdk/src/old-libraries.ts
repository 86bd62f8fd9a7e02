/** Libraries whose loaded copy is too old for Porthole to see: without a warning it looks as if they did nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportInternalError } from '@porthole/core/internal';
import { lookRepeatedly, type RepeatedLook } from './repeated-look.js';

interface Library {
  readonly name: string;
  /** The first version that Porthole sees: major and minor. */
  readonly since: readonly [number, number];
  readonly seen: string;
  /** The library that loads this one, and is named instead. */
  readonly partOf?: string;
}

const LIBRARIES: readonly Library[] = [
  { name: 'mysql2', since: [3, 20], seen: 'statements' },
  { name: 'ioredis', since: [5, 11], seen: 'commands' },
  { name: 'redis', since: [5, 12], seen: 'commands' },
  { name: '@redis/client', since: [5, 12], seen: 'commands', partOf: 'redis' },
  { name: 'hono', since: [4, 8], seen: 'routes' },
];

/**
 * `warn` hears once of each copy that is loaded and too old. CommonJS modules are found, also those that an ES module
 * imports, in the public list of loaded ones. Of ES modules there is no list, and a bundle has no folders of libraries:
 * these are not found.
 */
export function watchOldLibraries(warn: (message: string) => void): RepeatedLook {
  const { cache } = process.getBuiltinModule('node:module').createRequire(process.execPath);
  const seenFolders = new Set<string>();
  let files = 0;
  return lookRepeatedly(() => {
    try {
      const loaded = Object.keys(cache);
      if (loaded.length !== files) for (const message of findOld(loaded, seenFolders)) warn(message);
      files = loaded.length;
    } catch (error) {
      reportInternalError('sdk', error);
    }
    return false;
  });
}

function findOld(loaded: readonly string[], seenFolders: Set<string>): readonly string[] {
  const messages: string[] = [];
  const named = new Set<string>();
  for (const library of LIBRARIES) {
    const path = join('/node_modules', library.name, '/');
    for (const file of loaded) {
      const start = file.lastIndexOf(path);
      if (start < 0) continue;
      const folder = file.slice(0, start + path.length - 1);
      if (seenFolders.has(folder)) continue;
      seenFolders.add(folder);
      const version = versionIn(folder);
      if (version === undefined || !isOlder(version, library.since)) continue;
      named.add(library.name);
      if (library.partOf !== undefined && named.has(library.partOf)) continue;
      messages.push(
        `${library.name} ${version} in ${folder}: Porthole sees its ${library.seen} from version ${library.since.join('.')} on`,
      );
    }
  }
  return messages;
}

/** Undefined if the folder has no readable `package.json`: the copy is not an installed one. */
function versionIn(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly version?: unknown;
    };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

function isOlder(version: string, [major, minor]: Library['since']): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
