/** Which of the two the arguments ask for: the service, or one of Porthole's sub-commands. */
import { COMMAND_NAMES, type CommandName } from './command-names.js';

/** The options about the arguments of an application. */
export interface ArgumentOptions {
  /**
   * First words that are the application's own; they start it, and win over a sub-command of the same name.
   * @defaultValue none
   */
  readonly appCommands?: readonly string[] | undefined;
  /**
   * `'all'` sub-commands; `'namespaced'` only in the form `porthole COMMAND`; or the names of those that are allowed.
   * @defaultValue `'all'`
   */
  readonly commands?: 'all' | 'namespaced' | readonly CommandName[] | undefined;
}

export type Invocation =
  | { readonly kind: 'service' }
  | { readonly kind: 'command'; readonly name: CommandName; readonly args: readonly string[] }
  | { readonly kind: 'unknown'; readonly word: string };

/**
 * Reads `args`, which is `process.argv` without its first two. The first argument decides: a flag, `--`, or nothing at
 * all starts the service, and so does a word of the application's own. `--help` or `-h` by itself is the command
 * `help`. Any other word is a sub-command or unknown, so that a typing slip never starts a second server.
 */
export function parseArguments(args: readonly string[], options: ArgumentOptions): Invocation {
  const { commands = 'all' } = options;
  const [first, ...rest] = commands === 'all' && /^(-h|--help)$/.test(args.join()) ? ['help'] : args;
  if (first === undefined || first.startsWith('-') || isOwn(args[0], options)) return { kind: 'service' };
  if (first === 'porthole') {
    const [word = 'help', ...others] = rest;
    return commandOf(word === '--help' ? 'help' : word, others, options);
  }
  return commands === 'namespaced' ? { kind: 'unknown', word: first } : commandOf(first, rest, options);
}

/** The sub-commands that `options` allow. Options of a wrong type count as none: `refuseMistake` reports them. */
export function allowedCommands({ commands }: ArgumentOptions): readonly CommandName[] {
  return Array.isArray(commands) ? COMMAND_NAMES.filter((name) => commands.includes(name)) : COMMAND_NAMES;
}

function isOwn(word: string | undefined, { appCommands }: ArgumentOptions): boolean {
  return Array.isArray(appCommands) && appCommands.includes(word as string);
}

function commandOf(word: string, args: readonly string[], options: ArgumentOptions): Invocation {
  const name = allowedCommands(options).find((allowed) => allowed === word);
  return name === undefined ? { kind: 'unknown', word } : { kind: 'command', name, args };
}
