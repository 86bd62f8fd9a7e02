/** The flags and the word that a sub-command takes, checked; a mistake is reported in one line. */
import { quote } from './quote.js';

export interface FlagRules {
  /** The command's name, for messages. */
  readonly command: string;
  /** Each flag with the name of its value, or `true` without one. */
  readonly flags?: Readonly<Record<string, string | true>>;
  /** The allowed words after the command; no word is taken without it. */
  readonly words?: readonly string[];
}

/** The given flags and word. */
export interface Flags {
  readonly word?: string;
  /** The values of flags that have one, the empty text for those that have none. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * The flags in `args`, or the line with the mistake and the allowed values. As `parseArgs` of `node:util` reads
 * them, which costs a probe a millisecond: `--name value`, `--name=value`, and after `--` only words.
 */
export function parseFlags(args: readonly string[], { command, flags = {}, words = [] }: FlagRules): Flags | string {
  const values = new Map<string, string>();
  let word: string | undefined;
  let onlyWords = false;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] as string;
    if (onlyWords || !argument.startsWith('-') || argument === '-') {
      if (word !== undefined || !words.includes(argument)) return `${command}: ${wrongWord(argument, words)}`;
      word = argument;
    } else if (argument === '--') {
      onlyWords = true;
    } else {
      const [, flag = argument, name = '', joined] = /^(--([^=]+))(?:=(.*))?$/s.exec(argument) ?? [];
      const valueName = Object.hasOwn(flags, name) ? flags[name] : undefined;
      if (valueName === undefined) return `${command}: unknown option ${quote(flag)}; ${allowedFlags(flags)}`;
      if (valueName === true && joined !== undefined) return `${command}: ${flag} takes no value`;
      const value = valueName === true ? '' : (joined ?? args[++i]);
      if (value === undefined) return `${command}: ${flag} needs a value: ${valueName}`;
      values.set(name, value);
    }
  }
  return word === undefined ? { values } : { values, word };
}

function wrongWord(word: string, words: readonly string[]): string {
  const allowed = words.length === 0 ? 'no word is allowed' : `expected one of ${words.join(', ')}`;
  return `unexpected ${quote(word)}; ${allowed}`;
}

function allowedFlags(flags: Readonly<Record<string, string | true>>): string {
  const names = Object.entries(flags).map(([name, value]) => (value === true ? `--${name}` : `--${name} ${value}`));
  return names.length === 0 ? 'no option is allowed' : `allowed: ${names.join(', ')}`;
}
