/** For Porthole's own command line, which has this command and more; not under semantic versioning. */
export type { FlagRules, Flags } from './parse-flags.js';
export { parseFlags } from './parse-flags.js';
export { HEALTHCHECK_FLAGS, PROBE_NAMES, runHealthcheck } from './run-healthcheck.js';
