export type { CommandName } from './command-names.js';
export { createRun } from './run.js';
export type { RunOptions, StartService } from './run-options.js';
