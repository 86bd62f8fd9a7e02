/**
 * The entry file's one import. It loads nothing heavy: a sub-command never loads the application or the rest of the SDK.
 *
 * @example
 * import { run } from '@porthole/sdk/run';
 * run({ service: 'orders', main: () => import('./server.js') });
 */
import { createRun, type RunOptions } from 'porthole';

/** Runs the sub-command that the arguments name, or starts Porthole and then the service. Never throws. */
export const run: (options: RunOptions) => void = createRun(async (options, held) => {
  const { startPorthole } = await import('./start-porthole.js');
  startPorthole(options, held);
});

export type { RunOptions } from 'porthole';
