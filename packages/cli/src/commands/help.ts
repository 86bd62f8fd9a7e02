/** `help`: the commands, and how they are called where there is no shell. */
import { basename } from 'node:path';
import type { Command, RunCommand } from '../command.js';
import type { CommandName } from '../command-names.js';
import { EXIT_CODE } from '../exit-code.js';
import { print } from '../output.js';
import { renderTable } from '../render-table.js';

/** The command for the commands of the table. */
export function createHelp(commands: Readonly<Record<CommandName, Command>>): RunCommand {
  return async ({ word }, options) => {
    const file = basename(process.argv[1] ?? 'app.js');
    const prefix = options.commands === 'namespaced' ? 'porthole ' : '';
    if (word !== undefined) {
      const name = word as CommandName;
      await print(`node ${file} ${prefix}${usageOf(name, commands[name])}\n\n${commands[name].summary}\n`);
      return EXIT_CODE.done;
    }
    const rows = options.allowedCommands.map((name) => [`  ${name}`, commands[name].summary]);
    await print(
      [
        `node ${file} ${prefix}COMMAND`,
        `In an image: /nodejs/bin/node /app/${file} ${prefix}COMMAND`,
        '',
        `${renderTable(rows)}`,
        `"node ${file} ${prefix}help COMMAND" says what a command takes. Results go to stdout, all else to stderr.`,
        'Exit codes: 0 done, 1 failed, 64 wrong usage, 69 no running app found, 78 bad configuration (config --check).',
        '',
      ].join('\n'),
    );
    return EXIT_CODE.done;
  };
}

function usageOf(name: CommandName, { flags = {}, words, wordName }: Command): string {
  const parts: string[] = [name];
  if (words !== undefined) parts.push(`[${wordName ?? words.join('|')}]`);
  for (const [flag, value] of Object.entries(flags))
    parts.push(value === true ? `[--${flag}]` : `[--${flag} ${value}]`);
  return parts.join(' ');
}
