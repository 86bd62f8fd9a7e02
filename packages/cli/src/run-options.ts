/** The options of run. */
import type { PortholeOptions } from '@porthole/core';
import type { HeldSignals } from '@porthole/lifecycle/hold-signals';
import type { ArgumentOptions } from './parse-arguments.js';

export interface RunOptions extends PortholeOptions, ArgumentOptions {
  /** Starts the application, usually `() => import('./server.js')`; a promise that it returns is waited for. */
  readonly main: () => unknown;
}

/** Starts Porthole. Takes over the signals that were held since the first statement. */
export type StartService = (options: RunOptions, held: HeldSignals) => Promise<void>;
