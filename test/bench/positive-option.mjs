import { say } from '../../scripts/workspace.mjs';

/** The number that `values`, of `parseArgs`, has for the option `name`; anything but a whole number above 0 ends the process. */
export function positiveOption(values, name) {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  say(`--${name}=${values[name]} is not valid: expected a whole number above 0`);
  process.exit(64);
}
