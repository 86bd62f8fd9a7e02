/** A sub-command in a bundle that runs the service's modules in front of it: it would start a second service. */
import { EXIT_CODE } from './exit-code.js';
import { tell } from './output.js';

/** Reports on stderr what is wrong and what to do, and ends the process: the service has begun. */
export async function refuseInlined(): Promise<never> {
  process.exitCode = EXIT_CODE.software;
  await tell(
    "run: this file runs the service's modules before a sub-command can begin, so that each sub-command starts the service.\n" +
      'Load the service by import() in main alone, and let the bundler keep that: with Rollup, set output.dir and leave\n' +
      'output.inlineDynamicImports off.',
  ).catch(() => {});
  process.exit();
}
