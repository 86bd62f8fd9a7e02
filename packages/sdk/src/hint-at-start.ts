/**
 * A hint for users who start the file of the server by habit, and not the entry file: a noop instance looks as if all
 * were well.
 */
import { isMainThread } from 'node:worker_threads';
import { processEnvironment } from '@porthole/core/internal';
import { mainFile, startsNothing } from './starts-nothing.js';

export const NOT_STARTED =
  'Porthole is not started, so there are no probes, metrics or traces: start the entry file that calls run(), or call startPorthole() first';

/** Programs that load a service for other reasons than to run it. */
const IN_NODE_MODULES = /[\\/]node_modules[\\/]/;
const TEST_VARIABLES = ['VITEST', 'JEST_WORKER_ID', 'NODE_TEST_CONTEXT'];

/** Whether this process may be a service: it runs a file, and that is neither a tool nor a test. */
export function mayBeService(): boolean {
  const file = isMainThread ? mainFile() : undefined;
  const environment = processEnvironment();
  const isTest =
    environment.NODE_ENV === 'test' || TEST_VARIABLES.some((variable) => environment[variable] !== undefined);
  return file !== undefined && !isTest && !IN_NODE_MODULES.test(file) && !startsNothing();
}
