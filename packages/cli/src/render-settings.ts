/** The settings as rows that fit a terminal of 80 columns. */
import type { Setting } from '@porthole/core/internal';
import { wrapText } from './wrap-text.js';

const COLUMNS = 80;
/** As long as most names; the value stands below a name that is longer. */
const NAME_COLUMNS = 31;
const VALUE_COLUMNS = 24;
const INDENT = '    ';

/** `name  value  source`, in one row if they fit, else with the value and its source below the name. */
export function renderSettings(settings: readonly Pick<Setting, 'name' | 'value' | 'source'>[]): string {
  return settings.map((setting) => `${renderSetting(setting)}\n`).join('');
}

function renderSetting({ name, value, source }: Pick<Setting, 'name' | 'value' | 'source'>): string {
  const head = `${name.padEnd(NAME_COLUMNS)}  ${value}`;
  const sourceAt = Math.min(NAME_COLUMNS + 2 + VALUE_COLUMNS, COLUMNS - 2 - source.length);
  const row = `${head.padEnd(sourceAt)}  ${source}`;
  if (name.length <= NAME_COLUMNS && row.length <= COLUMNS) return row;
  return [name, ...wrapText(`${value}  ${source}`, COLUMNS - INDENT.length).map((part) => INDENT + part)].join('\n');
}
