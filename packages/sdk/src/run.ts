/**
 * The entry file's one import. It loads nothing heavy: a sub-command never loads the application or the rest of the SDK.
 *
 * @example
 * import { run } from '@porthole/sdk/run';
 * run({ service: 'orders', main: () => import('./server.js') });
 */
import { type RunOptions as CliOptions, createRun } from 'porthole';
import type { RunOptions } from './run-options.js';

const start = createRun(async (options, held) => {
  (await import('./start-porthole.js')).startPorthole(options, held);
});

/** Runs the sub-command that the arguments name, or starts Porthole and then the service or the job. Never throws. */
export function run(options: RunOptions): void {
  const main: unknown = options?.main;
  const callMain = async (): Promise<void> => (await import('./run-main.js')).runMain(options);
  // A value that is not a function is refused unchanged.
  start(typeof main === 'function' ? { ...options, main: callMain } : (options as CliOptions));
}
