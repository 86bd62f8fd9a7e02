/** The options of run. */
import type { RunOptions as CliOptions } from 'porthole';
import type { JobContext } from './run-job.js';
import type { StartOptions } from './start-porthole.js';

/** Options of `run`: those of `startPorthole`, `main`, and the meaning of the arguments. */
export interface RunOptions extends Omit<CliOptions, 'main'>, StartOptions {
  /**
   * Starts the application, usually `() => import('./server.js')`; a promise that it returns is waited for. In the mode
   * `job` it is the job: the process ends when it is done.
   */
  readonly main: (job: JobContext) => unknown;
}
