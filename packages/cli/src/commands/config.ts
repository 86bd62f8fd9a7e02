/** `config`: the settings as an app that started here and now would have them. */
import { loadConfig } from '@porthole/core/internal';
import type { RunCommand } from '../command.js';
import { EXIT_CODE } from '../exit-code.js';
import { print, tell } from '../output.js';
import { renderTable } from '../render-table.js';

export const config: RunCommand = async ({ values }, options) => {
  const { settings, problems } = loadConfig(options);
  const shown = settings.map(({ name, value, source }) => ({ name, value, source }));
  if (values.has('json')) await print(`${JSON.stringify({ settings: shown, problems })}\n`);
  else await print(renderTable(shown.map(({ name, value, source }) => [name, value, source])));
  for (const { message } of problems) await tell(message);
  return values.has('check') && problems.length > 0 ? EXIT_CODE.config : EXIT_CODE.done;
};
