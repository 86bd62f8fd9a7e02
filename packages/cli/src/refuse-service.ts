/** A sub-command in a process that has begun the service, too: a second service would stand beside the first. */
import { EXIT_CODE } from './exit-code.js';
import { printError } from './output.js';

/** The modules of the service have run, or a server listens. */
type Sign = 'loaded' | 'listens';

const REASONS: Readonly<Record<Sign, string>> = {
  loaded:
    "run: this file runs the service's modules before a sub-command can begin, so that each sub-command starts the service.\n" +
    'Load the service by import() in main alone, and let the bundler keep that: with Rollup, set output.dir and leave\n' +
    'output.inlineDynamicImports off.',
  listens:
    'run: a server listens in the process of this sub-command, and would keep it from ending. Load the service by import()\n' +
    'in main alone, and let the bundler keep that. A module that is preloaded (--import, --require) must not listen.',
};

/** Reports the reason and the remedy on stderr, and ends the process: a server has begun. */
export async function refuseService(why: Sign): Promise<never> {
  await printError(REASONS[why]).catch(() => {});
  // The sub-command may have set the exit code already.
  process.exit(EXIT_CODE.software);
}
