/** Work that ends: the main function of a job as one unit of work, and the process's end after it. */
import { type ExitPhase, endWork, type WorkRecord } from '@porthole/core/internal';
import type { Lifecycle } from '@porthole/lifecycle';
import type { Porthole } from './porthole.js';

/** What a job is given. */
export interface JobContext {
  /** Aborts when the process is asked to end: the job has until the deadline of the shutdown to come to a good place. */
  readonly signal: AbortSignal;
}

export interface JobOptions {
  readonly main: (job: JobContext) => unknown;
  /** What the work is called. */
  readonly name: string;
  readonly porthole: Porthole;
  readonly lifecycle: Lifecycle;
  /** The last phase in which it can be told of. */
  readonly lastTelling: ExitPhase;
}

/** Runs `main` and then ends the process in order: with 0, or with 1 where `main` throws or rejects. Never rejects. */
export async function runJob({ main, name, porthole, lifecycle, lastTelling }: JobOptions): Promise<void> {
  const asked = new AbortController();
  const cut = new AbortController();
  const running = runMain(() => main({ signal: asked.signal }), name, porthole, cut.signal);
  const takeOff = lifecycle.onExit('drain', 'job', async () => {
    asked.abort();
    await running;
  });
  // After a crash there is no drain. A second signal runs no phase at all: then nothing is told of the job.
  lifecycle.onExit(lastTelling, 'job that is cut off', () => cut.abort());
  const failed = (await running) === 'failed';
  takeOff();
  await lifecycle.shutdown(failed ? 'the job has failed' : 'the job is done', undefined, failed ? 1 : 0);
}

/** @param cut - aborts where the process does not wait for the end of `main` any longer: the work is told of as far as it got */
async function runMain(
  main: () => unknown,
  name: string,
  { logger, withRecord }: Porthole,
  cut: AbortSignal,
): Promise<'done' | 'failed'> {
  try {
    await withRecord({ name }, async (record) => {
      cut.addEventListener('abort', () => endCutOff(record));
      return main();
    });
    return 'done';
  } catch (error) {
    logger.fatal({ err: error }, 'the job has failed');
    return 'failed';
  }
}

function endCutOff(record: WorkRecord): void {
  if (record.endMs !== 0) return;
  record.aborted = true;
  record.errorType = 'aborted';
  endWork(record);
}
