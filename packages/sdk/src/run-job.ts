/** Work that ends: the main function of a job as one unit of work, and the process's end after it. */
import type { Lifecycle } from '@porthole/lifecycle';
import type { Porthole } from './porthole-instance.js';

/** The argument of a job. */
export interface JobContext {
  /**
   * Aborts when the process is asked to end: the job has until the deadline of the shutdown to come to a good place.
   */
  readonly signal: AbortSignal;
}

export interface JobOptions {
  readonly main: (job: JobContext) => unknown;
  /** The name of the work. */
  readonly name: string;
  readonly porthole: Porthole;
  readonly lifecycle: Lifecycle;
}

/** Runs `main` and then ends the process in order: with 0, or with 1 if `main` throws or rejects. Never rejects. */
export async function runJob({ main, name, porthole, lifecycle }: JobOptions): Promise<void> {
  const asked = new AbortController();
  const running = recordJob(() => main({ signal: asked.signal }), name, porthole);
  const takeOff = lifecycle.onExit('drain', 'job', async () => {
    asked.abort();
    await running;
  });
  const failed = (await running) === 'failed';
  takeOff();
  await lifecycle.shutdown(failed ? 'the job has failed' : 'the job is done', undefined, failed ? 1 : 0);
}

async function recordJob(
  main: () => unknown,
  name: string,
  { logger, withRecord }: Porthole,
): Promise<'done' | 'failed'> {
  try {
    await withRecord({ name }, async () => main());
    return 'done';
  } catch (error) {
    logger.fatal({ err: error }, 'the job has failed');
    return 'failed';
  }
}
