/**
 * The entry file's one import. It loads nothing heavy: a sub-command never loads the application or the rest of the SDK.
 *
 * @example
 * import { run } from '@porthole/sdk/run';
 * run({ service: 'orders', main: () => import('./server.js') });
 */
import { type RunOptions as CliOptions, createRun } from 'porthole';
import type { JobContext } from './run-job.js';
import type { StartOptions } from './start-porthole.js';

/** Options of `run`: those of `startPorthole`, `main`, and what the arguments mean. */
export interface RunOptions extends Omit<CliOptions, 'main'>, StartOptions {
  /**
   * Starts the application, usually `() => import('./server.js')`; a promise that it returns is waited for. In the mode `job` it is the
   * job: the process ends when it is done.
   */
  readonly main: (job: JobContext) => unknown;
}

const start = createRun(async (options, held) => {
  (await import('./start-porthole.js')).startPorthole(options, held);
});

/** Runs the sub-command that the arguments name, or starts Porthole and then the service or the job. Never throws. */
export function run(options: RunOptions): void {
  const main: unknown = options?.main;
  const callMain = async (): Promise<void> => (await import('./run-main.js')).runMain(options);
  // What is no function is refused as it is.
  start(typeof main === 'function' ? { ...options, main: callMain } : (options as CliOptions));
}
