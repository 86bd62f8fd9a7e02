/**
 * Whether the application has a copy of `@opentelemetry/api` of its own that is newer than the one that Porthole registers with. Such a
 * copy does not look at what an older one has registered
 * (https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/semver.ts), and all that is done through it is lost.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const PACKAGE = '@opentelemetry/api';

/** Where the API keeps what is registered, with the version of the copy that was the first to do so. */
const API_KEY = Symbol.for('opentelemetry.js.api.1');

/** A sentence for the log; empty where there is no newer copy, or none that can be found: bundles have theirs inside. Never throws. */
export function newerCopyWarning(entry: string = process.argv[1] ?? join(process.cwd(), 'eval')): string {
  try {
    const registered = (globalThis as { [API_KEY]?: { readonly version: string } })[API_KEY]?.version ?? '';
    const found = versionAt(createRequire(entry).resolve(PACKAGE));
    if (found === undefined || minorOf(found.version) <= minorOf(registered)) return '';
    return (
      `spans that are made through ${found.folder} are lost: it is version ${found.version}, and takes no tracer that ` +
      `version ${registered} has registered; give the application one version (npm dedupe)`
    );
  } catch {
    return '';
  }
}

function versionAt(file: string): { readonly folder: string; readonly version: string } | undefined {
  const end = file.replaceAll('\\', '/').lastIndexOf(`${PACKAGE}/`);
  if (end < 0) return undefined;
  const folder = file.slice(0, end + PACKAGE.length);
  return { folder, version: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version };
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
