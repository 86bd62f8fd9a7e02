/** `config`: the settings as an app that started here and now would have them. */
import type { Config } from '@porthole/core';
import {
  type ConfigProblem,
  createControlDirectory,
  loadConfig,
  noControlFolder,
  unknownNames,
} from '@porthole/core/internal';
import type { RunCommand } from '../command.js';
import { EXIT_CODE } from '../exit-code.js';
import { print, printError } from '../output.js';
import { renderSettings } from '../render-settings.js';

/** Options of `run` and `startPorthole` that are not settings, and those that the command line adds. */
const OTHER_OPTIONS = [
  'main',
  'mode',
  'appCommands',
  'commands',
  'allowedCommands',
  'nodeSdk',
  'describeRequest',
  'readyWhen',
];

export const config: RunCommand = async ({ values }, options) => {
  const resolved = loadConfig(options);
  const isCheck = values.has('check');
  const problems = [...resolved.problems, ...(isCheck ? unusableFolder(resolved.config) : [])];
  // They may be somebody else's, and so they do not make the configuration bad.
  const notes = unknownNames(options, OTHER_OPTIONS).map(
    (name) => `${name} is not known to Porthole: it has no effect`,
  );
  if (values.has('json')) {
    const settings = resolved.settings.map(({ name, value, source }) => ({ name, value, source }));
    await print(`${JSON.stringify({ ok: problems.length === 0, settings, problems, notes })}\n`);
  } else {
    await print(`${verdict(problems.length)}\n`);
  }
  for (const message of [...problems.map((problem) => problem.message), ...notes]) await printError(message);
  if (!values.has('json') && !isCheck) await print(`\n${renderSettings(resolved.settings)}`);
  return isCheck && problems.length > 0 ? EXIT_CODE.config : EXIT_CODE.done;
};

function verdict(problems: number): string {
  if (problems === 0) return 'the configuration is good';
  return `the configuration is not good: ${problems} ${problems === 1 ? 'problem' : 'problems'}`;
}

/** A problem that otherwise only the start finds. The folder is made as the app makes it, and stays for the app. */
function unusableFolder({ control, directory }: Config): readonly ConfigProblem[] {
  const made = control ? createControlDirectory(directory) : '';
  if (typeof made === 'string') return [];
  return [{ source: 'PORTHOLE_DIR', message: noControlFolder(made) }];
}
