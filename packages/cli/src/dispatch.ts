/** Runs a sub-command and turns its errors into a line and an exit code. */
import { PortholeError } from '@porthole/core';
import { parseFlags } from '@porthole/healthcheck/internal';
import type { CommandOptions } from './command.js';
import type { CommandName } from './command-names.js';
import { COMMANDS } from './command-table.js';
import { EXIT_CODE } from './exit-code.js';
import { printError } from './output.js';
import { refuseMistake } from './refuse-mistake.js';

/** Runs the sub-command `name` with `args`; returns the exit code. Never rejects. */
export async function dispatch(name: CommandName, args: readonly string[], options: CommandOptions): Promise<number> {
  try {
    if (await refuseMistake(options)) return EXIT_CODE.usage;
    if (args.includes('--help')) return await runCommand('help', [name], options);
    return await runCommand(name, args, options);
  } catch (error) {
    await printError(`${name}: ${error instanceof Error ? error.message : String(error)}`).catch(() => {});
    return PortholeError.is(error) && error.code === 'PORTHOLE_NO_APP' ? EXIT_CODE.noApp : EXIT_CODE.failed;
  }
}

async function runCommand(name: CommandName, args: readonly string[], options: CommandOptions): Promise<number> {
  const command = COMMANDS[name];
  const given = parseFlags(args, { ...command, command: name });
  if (typeof given === 'string') {
    await printError(given);
    return EXIT_CODE.usage;
  }
  const run = await command.load();
  return run(given, options);
}
