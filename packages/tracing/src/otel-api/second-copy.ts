/**
 * Whether a second copy of `@opentelemetry/api` keeps the application from Porthole's tracer: a newer copy ignores the
 * registrations of an older one. If a copy of another version came first, nothing can be registered
 * (https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = '@opentelemetry/api';

const REMEDY = 'give the application one version (npm dedupe)';

/** The place of the API's registrations, with the version of the copy that registered first. */
const API_KEY = Symbol.for('opentelemetry.js.api.1');

interface RegisteredApi {
  readonly version: string;
  readonly trace?: unknown;
}

/**
 * A sentence for the log, to be asked for after the registration; empty without such a copy, or if it cannot be found:
 * bundles have theirs inside. Never throws.
 */
export function secondCopyWarning(entry: string = process.argv[1] ?? join(process.cwd(), 'eval')): string {
  try {
    const registered = (globalThis as { [API_KEY]?: RegisteredApi })[API_KEY];
    if (registered === undefined) return '';
    if (registered.trace === undefined) {
      return `spans that are made through ${PACKAGE} are lost: a copy of version ${registered.version} came first, and Porthole has another; ${REMEDY}`;
    }
    const found = versionAt(process.getBuiltinModule('node:module').createRequire(entry).resolve(PACKAGE));
    if (found === undefined || minorOf(found.version) <= minorOf(registered.version)) return '';
    return (
      `spans that are made through ${found.folder} are lost: it is version ${found.version}, and takes no tracer that ` +
      `version ${registered.version} has registered; ${REMEDY}`
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
