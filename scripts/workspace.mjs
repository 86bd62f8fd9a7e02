// What every command of the workspace needs first: dependencies installed and packages built, on a fresh clone too.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program in the workspace and resolves to its exit code. */
export function run(program, args, { env = {}, stdio = 'inherit', cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio, env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)));
  });
}

/** Runs a program and ends this one with its exit code if that is not 0. */
export async function runOrExit(program, args, options) {
  const code = await run(program, args, options);
  if (code !== 0) process.exit(code);
}

/** Installs what package-lock.json names unless it is there, and builds the packages that `filters` name (all by default). */
export async function prepare(filters = []) {
  requireNode();
  if (!isInstalled()) {
    say('installing dependencies (npm ci)');
    await runOrExit('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  }
  say('building');
  const turbo = [
    'turbo',
    'run',
    'build',
    '--output-logs=errors-only',
    ...filters.map((filter) => `--filter=${filter}`),
  ];
  await runOrExit('npx', turbo, { env: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' } });
}

/** Says what the workspace is doing, apart from what the programs print. */
export function say(line) {
  process.stderr.write(`porthole: ${line}\n`);
}

function isInstalled() {
  const installed = new URL('../node_modules/.package-lock.json', import.meta.url);
  const wanted = new URL('../package-lock.json', import.meta.url);
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node.js ${process.versions.node} is too old: 20.19 or newer is needed`);
  process.exit(1);
}
