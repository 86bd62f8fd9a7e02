/** Runs a small program in a process of its own, with the built package, and tells how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Program {
  /** Resolves when stdout holds `text`; rejects when the program ends without. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ending>;
}

// Gives a program a log that writes one line a call, and a lifecycle with a deadline that a busy machine keeps.
const PRELUDE = `
import { writeSync } from 'node:fs';
import { createLifecycle, holdSignals } from '@porthole/lifecycle';
const say = (text) => writeSync(1, text + '\\n');
const write = (level) => ({ err, ...fields }, message) =>
  say([level, message, ...Object.values(fields), ...(err ? [err.message] : [])].join(' | '));
const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), fatal: write('fatal') };
const create = (options) => createLifecycle({ log, deadlineMs: 60_000, delayMs: 0, ...options });
const never = () => new Promise(() => {});
const serve = () => setInterval(() => {}, 1000);
`;

const PACKAGE_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));

/** Starts `source`, an ES module, after the prelude above. */
export function runProgram(source: string, nodeOptions: readonly string[] = []): Program {
  const args = [...nodeOptions, '--input-type=module', '--eval', PRELUDE + source];
  const child = spawn(process.execPath, args, { cwd: PACKAGE_DIRECTORY, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    says: (text) => waitFor(child, text, () => stdout),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

function waitFor(child: ChildProcess, text: string, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (output().includes(text)) resolve();
    };
    look();
    child.stdout?.on('data', look);
    child.once('close', () => reject(new Error(`ended without saying "${text}": ${output()}`)));
  });
}
