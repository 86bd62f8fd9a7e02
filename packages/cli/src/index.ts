export type { CommandName } from './command-names.js';
export type { RunOptions, StartService } from './run.js';
export { createRun } from './run.js';
