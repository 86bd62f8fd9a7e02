/** A call of `run` that cannot work: one line, and nothing is started. */
import { EXIT_CODE } from './exit-code.js';
import { printError } from './output.js';
import { validateRunOptions } from './validate-run-options.js';

/** Reports a mistake in `options` on stderr and sets the exit code. Returns whether there is one. */
export async function refuseMistake(options: unknown): Promise<boolean> {
  const mistake = validateRunOptions(options);
  if (mistake === undefined) return false;
  process.exitCode = EXIT_CODE.usage;
  await printError(mistake).catch(() => {});
  return true;
}
