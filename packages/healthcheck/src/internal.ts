/** For Porthole's own command line, which has this command and more; not under semantic versioning. */
export { print, tell } from './output.js';
export type { FlagRules, Flags } from './parse-flags.js';
export { parseFlags } from './parse-flags.js';
export { HEALTHCHECK_FLAGS, healthcheck, PROBE_NAMES, runHealthcheck } from './run-healthcheck.js';
