/** `healthcheck`: the probe as a command. Exits with 0 or 1 in every case (Docker reserves 2). */
import { parseDuration, processEnvironment } from '@porthole/core/internal';
import { watchOwnPorts } from './own-ports.js';
import { type Flags, parseFlags } from './parse-flags.js';
import { probe } from './probe.js';
import { costsOf } from './probe-cost.js';
import { inOneLine } from './probe-message.js';
import type { ProbeName, ProbeOptions } from './probe-options.js';
import { quote } from './quote.js';
import { print, printError } from './write-line.js';

export const PROBE_NAMES: readonly ProbeName[] = ['live', 'ready', 'startup'];

export const HEALTHCHECK_FLAGS = {
  timeout: '800ms',
  'blocked-for': '10s',
  url: 'http://127.0.0.1:3000/health',
  'allow-remote': true,
  verbose: true,
} as const;

/** The settings of the app that are known before. */
type AppOptions = Omit<ProbeOptions, 'probe' | 'timeoutMs' | 'blockedMs' | 'url' | 'allowRemote' | 'verbose' | 'env'>;

/** Runs the command with the arguments as they are; returns the exit code. Never rejects. */
export async function healthcheck(args: readonly string[], options: AppOptions): Promise<0 | 1> {
  const given = parseFlags(args, { command: 'healthcheck', flags: HEALTHCHECK_FLAGS, words: PROBE_NAMES });
  return typeof given === 'string' ? fail(inOneLine(given)) : runHealthcheck(given, options);
}

/** Runs the command with its flags; returns the exit code. Never rejects. */
export async function runHealthcheck({ word, values }: Flags, options: AppOptions): Promise<0 | 1> {
  const timeoutMs = parseTime(values.get('timeout') ?? HEALTHCHECK_FLAGS.timeout);
  if (timeoutMs === undefined) return fail('healthcheck: --timeout takes 1ms to 60s, such as "800ms" or "2s"');
  const blockedMs = parseTime(values.get('blocked-for') ?? HEALTHCHECK_FLAGS['blocked-for']);
  if (blockedMs === undefined) return fail('healthcheck: --blocked-for takes 1ms to 60s, such as "10s"');
  const url = values.get('url');
  if (url !== undefined && word !== undefined)
    return fail(`healthcheck: --url asks for itself, not for ${quote(word)}`);
  const verbose = values.has('verbose');
  if (verbose) for (const note of costsOf(processEnvironment(), process.argv[1])) printError(note);
  const endWatch = watchOwnPorts();
  const { healthy, message, note } = await probe({
    ...options,
    ...(url === undefined ? {} : { url }),
    allowRemote: values.has('allow-remote'),
    probe: (word ?? 'ready') as ProbeName,
    timeoutMs,
    blockedMs,
    verbose,
  }).finally(endWatch);
  if (note !== undefined) printError(note);
  if (!healthy) return fail(message);
  print(message);
  return 0;
}

function fail(text: string): 1 {
  printError(text);
  return 1;
}

/** 1 ms to 60 s. */
function parseTime(text: string): number | undefined {
  return parseDuration(text.trim(), 1, 60_000);
}
