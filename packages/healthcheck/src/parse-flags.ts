/** The flags and the word that a sub-command takes, checked; what is wrong is said in one line. */
import { parseArgs } from 'node:util';

export interface FlagRules {
  /** The command's name, for messages. */
  readonly command: string;
  /** Each flag with the name of its value, or `true` where it has none. */
  readonly flags?: Readonly<Record<string, string | true>>;
  /** What the one word after the command may be; no word is taken without it. */
  readonly words?: readonly string[];
}

/** What was given. */
export interface Flags {
  readonly word?: string;
  /** The values of flags that have one, the empty text for those that have none. */
  readonly values: ReadonlyMap<string, string>;
}

/** The flags in `args`, or the line that says what is wrong and what is allowed. */
export function parseFlags(args: readonly string[], rules: FlagRules): Flags | string {
  const { command, flags = {}, words = [] } = rules;
  const values = new Map<string, string>();
  let word: string | undefined;
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [name, { type: value === true ? 'boolean' : 'string' } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (word !== undefined || !words.includes(token.value)) return `${command}: ${wrongWord(token.value, words)}`;
      word = token.value;
    } else if (token.kind === 'option') {
      const value = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
      if (value === undefined) return `${command}: unknown option ${quote(token.rawName)}; ${allowedFlags(flags)}`;
      if (value === true && token.value !== undefined) return `${command}: ${token.rawName} takes no value`;
      if (value !== true && token.value === undefined) return `${command}: ${token.rawName} needs a value: ${value}`;
      values.set(token.name, token.value ?? '');
    }
  }
  return word === undefined ? { values } : { values, word };
}

function wrongWord(word: string, words: readonly string[]): string {
  const allowed = words.length === 0 ? 'no word is allowed' : `allowed is one of ${words.join(', ')}`;
  return `unexpected ${quote(word)}; ${allowed}`;
}

function allowedFlags(flags: Readonly<Record<string, string | true>>): string {
  const names = Object.entries(flags).map(([name, value]) => (value === true ? `--${name}` : `--${name} ${value}`));
  return names.length === 0 ? 'no option is allowed' : `allowed: ${names.join(', ')}`;
}

/** On one line, and not longer than a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
