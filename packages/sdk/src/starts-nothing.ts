/**
 * Which processes start nothing although a module that they preload (`NODE_OPTIONS`, `--import`, `--require`) calls
 * `startPorthole`: an image sets the variable for its service, and every other Node.js process in the container
 * inherits it.
 */
import { closeSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { nodeOptionWords } from '@porthole/core/internal';

/**
 * Whether this process is not the service: it runs a package manager, the probe, a program given by `-e` or `-p`, or a
 * sub-command of Porthole. And the caller is a preloaded module. A start by the program itself always starts Porthole.
 * Never throws.
 */
export function startsNothing(): boolean {
  if (!isMainThread) return false;
  const file = mainFile();
  if (file === undefined || process.execArgv.some((word) => NODE_MODES.test(word))) return isPreload(undefined);
  return PACKAGE_MANAGER.test(file.replaceAll('\\', '/')) || isProbe(file) || (isSubCommand(file) && isPreload(file));
}

/** Programs that are not a service, by their first file. */
const PACKAGE_MANAGER_FILES = [
  'npm/bin/np[mx]-cli',
  'corepack/dist/\\w+',
  'pnpm/bin/pnp[mx]',
  'yarn/bin/yarn(?:pkg)?',
  '\\.yarn/releases/yarn-[^/]+',
];
const PACKAGE_MANAGER = new RegExp(`/(?:${PACKAGE_MANAGER_FILES.join('|')})\\.[cm]?js$`);

/** Options with which Node.js runs no file as its program, or only starts others. */
const NODE_MODES = /^(?:-\w*[ep]|--eval|--print|-c|--check|--test|--watch(?:-path)?)(?:=|$)/;

/** Options that load a module before the program. */
const PRELOAD_OPTIONS = /^(?:-r|--require|--import|--loader|--experimental-loader)(?:=|$)/;

/**
 * The file that the process runs, with links followed; `undefined` if it runs none: a program from `-e`, `-p` or stdin.
 */
export function mainFile(): string | undefined {
  const [, file] = process.argv;
  const isEval = (process as { readonly _eval?: unknown })._eval !== undefined;
  if (isEval || file === undefined || file === '-') return undefined;
  try {
    return realpathSync(file);
  } catch {
    // Node.js adds the ending.
    return file;
  }
}

/**
 * The comment of probe.js (see healthcheck/tsup.config.ts); the file may be copied to any name, with a notice in front.
 */
const PROBE_MARK = '/*! The probe of @porthole/healthcheck. */';
const PROBE_MARK_WITHIN_BYTES = 4096;

function isProbe(file: string): boolean {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const start = Buffer.alloc(PROBE_MARK_WITHIN_BYTES);
      readSync(descriptor, start);
      return start.includes(PROBE_MARK);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}

/** Sub-commands that no other program has, and those that it may have: then its entry file decides. */
const OWN_WORDS: readonly string[] = ['healthcheck', 'log-level', 'porthole'];
const COMMON_WORDS: readonly string[] = ['status', 'health', 'metrics', 'config', 'version', 'help'];

function isSubCommand(file: string): boolean {
  const word = process.argv[2] ?? '';
  if (OWN_WORDS.includes(word)) return true;
  const asksForHelp = process.argv.length === 3 && (word === '--help' || word === '-h');
  if (!asksForHelp && !COMMON_WORDS.includes(word)) return false;
  try {
    return /porthole/i.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Whether the program has not begun, so that a preloaded module is at work. If nothing shows it, the modules on the
 * stack decide.
 */
function isPreload(file: string | undefined): boolean {
  // Node.js takes underscores for dashes.
  if (!nodeOptionWords().some((word) => PRELOAD_OPTIONS.test(word.replaceAll('_', '-')))) return false;
  // Modules of `--require` are loaded before Node.js reports its start.
  if (performance.nodeTiming.bootstrapComplete < 0) return true;
  // A CommonJS program has begun.
  if (process.mainModule !== undefined) return false;
  const { __filename: evaluated } = globalThis as { __filename?: unknown };
  if (file === undefined && (evaluated === '[eval]' || evaluated === '[stdin]')) return false;
  return !isOnStack(file);
}

/** Whether a function of the program itself is on the stack: of `file`, or of the text that was given to Node.js. */
function isOnStack(file: string | undefined): boolean {
  const limit = Error.stackTraceLimit;
  setStackTraceLimit(200);
  try {
    const stack = String(new Error().stack);
    if (file === undefined) return /\[eval\d*\]|\[stdin\]/.test(stack);
    return stack.includes(file) || stack.includes(pathToFileURL(file).href);
  } catch {
    // A `prepareStackTrace` of the application threw.
    return false;
  } finally {
    setStackTraceLimit(limit);
  }
}

function setStackTraceLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // The application has made it read-only: the stack is as long as that allows.
  }
}
