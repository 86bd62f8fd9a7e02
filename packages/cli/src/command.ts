/** A sub-command. */
import type { FlagRules, Flags } from '@porthole/healthcheck/internal';
import type { CommandName } from './command-names.js';
import type { RunOptions } from './run-options.js';

/** The options of the application, with the sub-commands that it allows. */
export interface CommandOptions extends RunOptions {
  readonly allowedCommands: readonly CommandName[];
}

/** Runs the sub-command. Returns the exit code. */
export type RunCommand = (given: Flags, options: CommandOptions) => Promise<number>;

export interface Command extends Omit<FlagRules, 'command'> {
  /** One sentence. */
  readonly summary: string;
  /** The name of its word, if a list of the allowed words would not help. */
  readonly wordName?: string;
  /** An explanation of each flag, and of the words under `[word]`. */
  readonly explained?: Readonly<Record<string, string>>;
  load(): Promise<RunCommand>;
}
