/** The application's `main`, called by `run` as soon as Porthole has started. */
import { startedPorthole } from './porthole.js';
import { runJob } from './run-job.js';
import type { RunOptions } from './run-options.js';

/** Runs the service until its `main` has settled, or the job to its end. Rejects as `main` of a service does. */
export async function runMain({ main, mode }: RunOptions): Promise<void> {
  const started = startedPorthole();
  if (mode !== 'job') {
    await (main as () => unknown)();
    started?.mainSettled();
  } else if (started !== undefined) {
    await runJob({ ...started, main, name: started.serviceName });
  }
}
