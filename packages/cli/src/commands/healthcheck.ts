/** `healthcheck`: the probe. Loads nothing but what it needs, and exits with 0 or 1 whatever happens (Docker reserves 2). */
import type { ProbeName } from '@porthole/healthcheck';
import { EXIT_CODE } from '../exit-code.js';
import { print, tell } from '../output.js';
import { type Flags, parseFlags } from '../parse-flags.js';
import type { RunOptions } from '../run.js';

export const PROBE_NAMES: readonly ProbeName[] = ['live', 'ready', 'startup'];

export const HEALTHCHECK_FLAGS = { timeout: '800ms', verbose: true } as const;

/** Runs the command with the arguments as they are; returns the exit code. */
export async function healthcheck(args: readonly string[], options: RunOptions): Promise<number> {
  const given = parseFlags(args, { command: 'healthcheck', flags: HEALTHCHECK_FLAGS, words: PROBE_NAMES });
  if (typeof given === 'string') return fail(given);
  return runHealthcheck(given, options);
}

/** Runs the command with its flags; returns the exit code. */
export async function runHealthcheck({ word, values }: Flags, options: RunOptions): Promise<number> {
  const timeoutMs = parseTimeout(values.get('timeout') ?? HEALTHCHECK_FLAGS.timeout);
  if (timeoutMs === undefined) return fail('healthcheck: --timeout takes 1ms to 60s, such as "800ms" or "2s"');
  const { probe } = await import('@porthole/healthcheck');
  const { healthy, message } = await probe({
    ...options,
    probe: (word ?? 'ready') as ProbeName,
    timeoutMs,
    verbose: values.has('verbose'),
  });
  if (!healthy) return fail(message);
  await print(`${message}\n`).catch(ignore);
  return EXIT_CODE.done;
}

async function fail(line: string): Promise<number> {
  await tell(line).catch(ignore);
  return EXIT_CODE.failed;
}

/** The exit code is the result: an output that takes nothing, such as a full disk, does not change it. */
const ignore = (): void => {};

/** Milliseconds of `800ms`, `2s` or a bare number of milliseconds. */
function parseTimeout(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,5}(?:\.\d{1,3})?)(ms|s|)$/.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const ms = Number(number) * (unit === 's' ? 1000 : 1);
  return ms >= 1 && ms <= 60_000 ? ms : undefined;
}
