import { healthcheck } from '@porthole/healthcheck/command';
import { holdSignals } from '@porthole/lifecycle/hold-signals';
import { allowedCommands, type Invocation, parseArguments } from './parse-arguments.js';
import type { RunOptions, StartService } from './run-options.js';

/**
 * Makes `run`. It reads the arguments and then either runs the sub-command that they name and sets `process.exitCode`, or
 * calls `startService` and then `main`. If one of these fails, it logs why, or reports it on stderr without crash handling, and ends the
 * process with 1. It refuses
 * a sub-command with 70 (EX_SOFTWARE) if the modules of the service run in front of it.
 *
 * @example
 * const run = createRun(async (options, held) => { … });
 * run({ service: 'orders', main: () => import('./server.js') });
 */
export function createRun(startService: StartService): (options: RunOptions) => void {
  return (given) => {
    // Callers in JavaScript may give none: `refuseMistake` reports it.
    const options = given ?? {};
    const invocation = parseArguments(process.argv.slice(2), options);
    if (invocation.kind === 'service') void serve(startService, options);
    else void answer(invocation, options);
  };
}

async function serve(startService: StartService, options: RunOptions): Promise<void> {
  const held = holdSignals();
  const { refuseMistake } = await import('./refuse-mistake.js');
  if (await refuseMistake(options)) {
    // At once, and not when nothing is left to do: if `main` is a promise, the application has begun by itself,
    // unwatched.
    process.exit();
  }
  try {
    await startService(options, held);
    await options.main();
  } catch (error) {
    const { endWithFailure } = await import('./end-with-failure.js');
    await endWithFailure(error);
  }
}

async function answer(invocation: Exclude<Invocation, { kind: 'service' }>, options: RunOptions): Promise<void> {
  // If the way to the answer fails, a probe and a command exit with 1.
  process.exitCode = 1;
  const before = sharedStates();
  // Modules that a bundler has put behind this one into the same file run before this function goes on.
  await undefined;
  if (sharedStates() !== before) return refuse('loaded');
  if (listens()) return refuse('listens');
  // A server that listens later would keep the process alive.
  setInterval(() => void (listens() && refuse('listens')), 250).unref();
  // Set, and not exited with: written data must arrive.
  process.exitCode = await carryOut(invocation, options);
}

async function refuse(why: 'loaded' | 'listens'): Promise<void> {
  await (await import('./refuse-service.js')).refuseService(why);
}

/** Grows if the SDK is loaded or used (`sharedState` of core, which would cost the probe a file). */
function sharedStates(): number | undefined {
  return (globalThis as Record<symbol, { readonly size: number } | undefined>)[Symbol.for('porthole.v1')]?.size;
}

/** Whether there is a server, which no sub-command has. */
function listens(): boolean {
  return process.getActiveResourcesInfo().includes('TCPServerWrap');
}

/**
 * Runs the command of the arguments; returns the exit code. The probe first: it is in this file, and runs every few
 * seconds.
 */
async function carryOut(invocation: Exclude<Invocation, { kind: 'service' }>, options: RunOptions): Promise<number> {
  if (invocation.kind === 'command' && invocation.name === 'healthcheck' && !invocation.args.includes('--help')) {
    return healthcheck(invocation.args, options);
  }
  // Modules that are loaded from here on share none with this file: bundlers would split it off, and a probe would load
  // one file more.
  const commandOptions = { ...options, allowedCommands: allowedCommands(options) };
  if (invocation.kind === 'unknown') {
    const { refuseUnknown } = await import('./refuse-unknown.js');
    return refuseUnknown(invocation.word, commandOptions);
  }
  const { dispatch } = await import('./dispatch.js');
  return dispatch(invocation.name, invocation.args, commandOptions);
}
