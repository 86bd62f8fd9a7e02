/** The one place in the family that reads the process's environment. */
import type { Environment } from './choose-value.js';

/** The environment of this process, as it is now. */
export function processEnvironment(): Environment {
  return process.env;
}
