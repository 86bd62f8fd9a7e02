/** The probe in all its forms, run as programs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasProgram } from './has-program.js';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
export const SOURCES: string = join(PACKAGE, 'static');
export const NODE_PROBE: readonly string[] = [process.execPath, join(PACKAGE, 'probe.js')];

export const built = (architecture: string): string => join(SOURCES, `linux-${architecture}`, 'healthcheck');

interface StaticProgram {
  readonly architecture: string;
  /** Whether it is this machine's. */
  readonly isNative: boolean;
  readonly command: readonly string[];
  /** What has to be there to run it; `undefined` if it is. */
  readonly missing: string | undefined;
}

/** How each static program is run here: on this machine's own architecture, and on the other under qemu. */
export const PROGRAMS: readonly StaticProgram[] = (
  [
    ['amd64', process.arch === 'x64' ? [] : ['qemu-x86_64-static']],
    ['arm64', process.arch === 'arm64' ? [] : ['qemu-aarch64-static']],
  ] as const
).map(([architecture, runner]) => ({
  architecture,
  isNative: runner.length === 0,
  command: [...runner, built(architecture)] as readonly string[],
  missing: existsSync(built(architecture)) ? runner.find((program) => !hasProgram(program)) : 'npm run build:static',
}));

/**
 * Builds the static program with the sanitizers, which end it where something is wrong, and a C library, which they
 * need.
 */
export function buildSanitized(program: string): void {
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c') && name !== 'start.c');
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g', '-O1', '-DPORTHOLE_HOSTED'];
  const args = ['-std=c11', ...sanitizers, '-o', program, 'fuzz/run-probe.c', ...sources];
  execFileSync('gcc', args, { cwd: SOURCES, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** What a probe said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is `undefined` is unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface RunOptions {
  readonly directory: string;
  readonly env?: Environment;
  readonly uid?: number | undefined;
}

/** Runs a probe in `directory`, which is also where it looks for apps. */
export async function runProbe(
  command: readonly string[],
  args: readonly string[],
  { directory, env, uid }: RunOptions,
): Promise<Said> {
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, ...args], {
    cwd: directory,
    env: { PORTHOLE_DIR: directory, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}
