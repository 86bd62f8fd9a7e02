/** What a sub-command is. */
import type { FlagRules, Flags } from '@porthole/healthcheck/internal';
import type { CommandName } from './command-names.js';
import type { RunOptions } from './run-options.js';

/** What the application said, with the sub-commands that it allows. */
export interface CommandOptions extends RunOptions {
  readonly allowedCommands: readonly CommandName[];
}

/** Does what the sub-command is for; returns the exit code. */
export type RunCommand = (given: Flags, options: CommandOptions) => Promise<number>;

export interface Command extends Omit<FlagRules, 'command'> {
  /** One sentence. */
  readonly summary: string;
  /** The name of the word that it takes, where naming all that are allowed would not help. */
  readonly wordName?: string;
  /** What each of the flags and words does; `[word]` for the words. */
  readonly explained?: Readonly<Record<string, string>>;
  load(): Promise<RunCommand>;
}
