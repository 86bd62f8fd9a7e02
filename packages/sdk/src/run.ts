/**
 * The entry file's one import. It loads nothing heavy: a sub-command never loads the application or the rest of the SDK.
 *
 * @example
 * import { run } from '@porthole/sdk/run';
 * run({ service: 'orders', main: () => import('./server.js') });
 */
import { type RunOptions as CliOptions, createRun } from 'porthole';
import type { StartOptions } from './start-porthole.js';

/** Options of `run`: those of `startPorthole`, `main`, and what the arguments mean. */
export interface RunOptions extends CliOptions, StartOptions {}

/** Runs the sub-command that the arguments name, or starts Porthole and then the service. Never throws. */
export const run: (options: RunOptions) => void = createRun(async (options, held) => {
  const { startPorthole } = await import('./start-porthole.js');
  startPorthole(options, held);
});
