/** A first word that is neither a sub-command nor the application's: one line, and nothing is started. */

import { closestWord } from '@porthole/core/internal';
import type { CommandOptions } from './command.js';
import { EXIT_CODE } from './exit-code.js';
import { printError } from './output.js';
import { refuseMistake } from './refuse-mistake.js';

/** Reports that `word` is unknown, with a suggestion. Returns the exit code. */
export async function refuseUnknown(word: string, options: CommandOptions): Promise<number> {
  if (await refuseMistake(options)) return EXIT_CODE.usage;
  const prefix = options.commands === 'namespaced' ? 'porthole ' : '';
  const candidates = [...options.allowedCommands.map((name) => prefix + name), ...(options.appCommands ?? [])];
  const close = closestWord(word, candidates) ?? closestWord(prefix + word, candidates);
  const hint = close === undefined ? `there are ${candidates.join(', ')}.` : `did you mean "${close}"?`;
  const shown = JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
  await printError(
    `unknown command ${shown}: ${hint} Nothing was started; words for the application itself follow "--".`,
  );
  // Docker knows only 0 and 1 of a health check, even if the app does not allow it.
  return word === 'healthcheck' ? EXIT_CODE.failed : EXIT_CODE.usage;
}
