/** Options that Node.js itself was started with. */
import { processEnvironment } from './process-environment.js';

/** `--unhandled-rejections` (https://nodejs.org/api/cli.html#--unhandled-rejectionsmode). */
export type UnhandledRejectionsMode = 'throw' | 'strict' | 'warn' | 'none' | 'warn-with-error-code';

/** The reaction of Node.js to an unhandled rejection. */
export function unhandledRejectionsMode(): UnhandledRejectionsMode {
  return (nodeOption('unhandled-rejections') as UnhandledRejectionsMode | undefined) ?? 'throw';
}

/** The value of `--name`, which Node.js has found valid: of the command line, which wins, or of `NODE_OPTIONS`. */
function nodeOption(name: string): string | undefined {
  const words = nodeOptionWords();
  const flag = `--${name}`;
  let value: string | undefined;
  words.forEach((word, index) => {
    // Node.js takes underscores for dashes.
    const [key = '', ...rest] = word.split('=');
    if (key.replaceAll('_', '-') !== flag) return;
    value = rest.length > 0 ? rest.join('=') : words[index + 1];
  });
  return value;
}

/**
 * The words that Node.js was started with, options and their values: those of `NODE_OPTIONS`, then those of the command
 * line, which win.
 *
 * @see https://nodejs.org/api/cli.html#node_optionsoptions for its quotes and backslashes.
 */
export function nodeOptionWords(): readonly string[] {
  const words = (processEnvironment().NODE_OPTIONS ?? '').match(/(?:"(?:\\.|[^"\\])*"|[^" ])+/gs) ?? [];
  return [...words.map(unquoted), ...process.execArgv];
}

function unquoted(word: string): string {
  return word.replace(/"((?:\\.|[^"\\])*)"/gs, (_, inner: string) => inner.replace(/\\(.)/gs, '$1'));
}
