/** Real child processes: what they print, how they end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program ended, and what it printed. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a program. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly uid?: number;
}

/** A program that runs. */
export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  readonly outcome: Promise<Outcome>;
}

/** Variables of the test run itself that a service must not see. */
const HIDDEN = /^(PORTHOLE_|OTEL_|DD_|LOG_LEVEL$|NODE_OPTIONS$|VITEST|NODE_V8_COVERAGE$)/;

/** Starts a program with the environment of this one, apart from what configures Porthole. */
export function start(program: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HIDDEN.test(name)));
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const outcome = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }) as Outcome);
  return { child, pid: child.pid as number, stdout: () => stdout, stderr: () => stderr, outcome };
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  return start(program, args, options).outcome;
}

const ATTEMPT_TIMEOUT_MS = 10_000;

/**
 * Resolves to what `look` finds, trying until it finds something; throws with `what` after the time-out. An attempt
 * that hangs is given up after ten seconds.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const found = await Promise.race([look(), hanging()]);
      if (found !== undefined) return found;
    } catch (error) {
      lastError = error;
    }
    await sleep(50);
  }
  throw new Error(`waited in vain for ${what}`, { cause: lastError });
}

async function hanging(): Promise<never> {
  await sleep(ATTEMPT_TIMEOUT_MS, undefined, { ref: false });
  throw new Error(`no answer within ${ATTEMPT_TIMEOUT_MS} ms`);
}
