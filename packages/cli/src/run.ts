/**
 * The entry of a service whose own entry file is also its toolbox. This file and what it imports are loaded in front of every
 * probe, so all that does something stands behind `import()`.
 */
import type { PortholeOptions } from '@porthole/core';
import { healthcheck } from '@porthole/healthcheck/command';
import { type HeldSignals, holdSignals } from '@porthole/lifecycle/hold-signals';
import { mistakeIn } from './mistake-in.js';
import { type ArgumentOptions, allowedCommands, type Invocation, parseArguments } from './parse-arguments.js';

export interface RunOptions extends PortholeOptions, ArgumentOptions {
  /** Starts the application, usually `() => import('./server.js')`; a promise that it returns is waited for. */
  readonly main: () => unknown;
}

/** Starts what serves the application beside it; takes over the signals that have been held since the first statement. */
export type StartService = (options: RunOptions, held: HeldSignals) => Promise<void>;

/**
 * Makes `run`. It reads the arguments and then either runs the sub-command that they name and sets `process.exitCode`, or
 * calls `startService` and then `main`; where one of these fails, it says why on stderr and ends the process with 1.
 *
 * @example
 * const run = createRun(async (options, held) => { … });
 * run({ service: 'orders', main: () => import('./server.js') });
 */
export function createRun(startService: StartService): (options: RunOptions) => void {
  return (options) => {
    const mistake = mistakeIn(options);
    if (mistake !== undefined) {
      void refuse(mistake);
      return;
    }
    const invocation = parseArguments(process.argv.slice(2), options);
    if (invocation.kind === 'service') void serve(startService, options);
    else void answer(invocation, options);
  };
}

async function refuse(mistake: string): Promise<void> {
  const [{ EXIT_CODE }, { tell }] = await Promise.all([import('./exit-code.js'), import('./output.js')]);
  process.exitCode = EXIT_CODE.usage;
  await tell(mistake).catch(() => {});
  // At once, and not when nothing is left to do: where `main` is a promise the application has begun by itself, with nothing that watches it.
  process.exit();
}

async function serve(startService: StartService, options: RunOptions): Promise<void> {
  const held = holdSignals();
  try {
    await startService(options, held);
    await options.main();
  } catch (error) {
    const { endWithFailure } = await import('./end-with-failure.js');
    await endWithFailure(error);
  }
}

async function answer(invocation: Exclude<Invocation, { kind: 'service' }>, options: RunOptions): Promise<void> {
  // Whatever goes wrong on the way to the answer, a probe exits with 1 and a command with 1.
  process.exitCode = 1;
  // Set, and not exited with: what has been written must arrive.
  process.exitCode = await carryOut(invocation, options);
}

/** Does what the arguments ask for; returns the exit code. The probe first: it is in this file, and runs every few seconds. */
async function carryOut(invocation: Exclude<Invocation, { kind: 'service' }>, options: RunOptions): Promise<number> {
  if (invocation.kind === 'command' && invocation.name === 'healthcheck' && !invocation.args.includes('--help')) {
    return healthcheck(invocation.args, options);
  }
  // What is loaded from here on shares no module with this file: bundlers would split it off, and a probe would load one file more.
  const commandOptions = { ...options, allowedCommands: allowedCommands(options) };
  if (invocation.kind === 'unknown') {
    const { refuseUnknown } = await import('./refuse-unknown.js');
    return refuseUnknown(invocation.word, commandOptions);
  }
  const { dispatch } = await import('./dispatch.js');
  return dispatch(invocation.name, invocation.args, commandOptions);
}
