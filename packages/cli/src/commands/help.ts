/** `help`: the commands, and how to call them without a shell. */
import { basename } from 'node:path';
import type { Command, RunCommand } from '../command.js';
import type { CommandName } from '../command-names.js';
import { EXIT_CODE } from '../exit-code.js';
import { print } from '../output.js';
import { wrapText } from '../wrap-text.js';

const COLUMNS = 80;
const MAX_FILE_CHARACTERS = 24;

/** The command for the commands of the table. */
export function createHelp(commands: Readonly<Record<CommandName, Command>>): RunCommand {
  return async ({ word }, options) => {
    const file = fileName();
    const prefix = options.commands === 'namespaced' ? 'porthole ' : '';
    if (word !== undefined) {
      const name = word as CommandName;
      await print(rowsOf(`node ${file} ${prefix}${name}`, commands[name]));
      return EXIT_CODE.done;
    }
    const list = options.allowedCommands.map((name) => [name, commands[name].summary] as const);
    const notes = [
      `"node ${file} ${prefix}help COMMAND" explains a command. Results go to stdout, all else to stderr.`,
      'Exit codes: 0 done, 1 failed, 64 wrong usage, 69 no running app found, 70 a service in this process, 78 bad configuration (config --check).',
    ];
    await print(
      [
        `node ${file} ${prefix}COMMAND`,
        ...hanging('In an image:', `/nodejs/bin/node /app/${file} ${prefix}COMMAND`),
        '',
        ...definitions(list),
        '',
        ...notes.flatMap((note) => wrapText(note, COLUMNS)),
        '',
      ].join('\n'),
    );
    return EXIT_CODE.done;
  };
}

/** The name of the entry file, cut if it is long: the rest of the row needs room. */
function fileName(): string {
  const file = basename(process.argv[1] ?? 'app.js');
  return file.length > MAX_FILE_CHARACTERS ? `${file.slice(0, MAX_FILE_CHARACTERS - 1)}…` : file;
}

/** The help of one command: its usage, its summary, and its options. */
function rowsOf(call: string, { flags = {}, words, wordName, summary, explained = {} }: Command): string {
  const choice = wordName ?? words?.join('|');
  const given = Object.entries(flags).map(
    ([flag, value]) => [flag, value === true ? `--${flag}` : `--${flag} ${value}`] as const,
  );
  const usage = [...(choice === undefined ? [] : [`[${choice}]`]), ...given.map(([, text]) => `[${text}]`)];
  const explanations = [
    ...(choice !== undefined && explained['[word]'] !== undefined ? [[choice, explained['[word]']] as const] : []),
    ...given.flatMap(([flag, text]) => (explained[flag] === undefined ? [] : [[text, explained[flag]] as const])),
  ];
  return [
    ...hanging(call, ...usage),
    '',
    ...wrapText(summary, COLUMNS),
    ...(explanations.length === 0 ? [] : ['', ...definitions(explanations)]),
    '',
  ].join('\n');
}

/** `words` behind `head`, and below one another if they need more than one row; no word is torn. */
function hanging(head: string, ...words: readonly string[]): readonly string[] {
  const rows: string[] = [];
  let row = head;
  for (const word of words) {
    if (row.length + 1 + word.length > COLUMNS) {
      rows.push(row);
      row = `   `;
    }
    row += ` ${word}`;
  }
  return [...rows, row];
}

/** Terms on the left and their texts on the right. A long term has its text below. */
function definitions(terms: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.min(20, Math.max(...terms.map(([term]) => term.length)));
  const indent = ' '.repeat(width + 4);
  return terms.flatMap(([term, text]) => {
    const [first = '', ...others] = wrapText(text, COLUMNS - indent.length).map((row) => indent + row);
    if (term.length > width) return [`  ${term}`, first, ...others];
    return [`  ${term.padEnd(width)}  ${first.trimStart()}`, ...others];
  });
}
