import { sharedState } from '@porthole/core/internal';
import type { Lifecycle } from '@porthole/lifecycle';
import { mayBeService, NOT_STARTED } from './hint-at-start.js';
import { createNoopPorthole } from './noop-porthole.js';
import type { Porthole } from './porthole-instance.js';

/** The started instance, and its lifecycle. */
export interface StartedPorthole {
  readonly porthole: Porthole;
  readonly lifecycle: Lifecycle;
  readonly serviceName: string;
  /** To be called when the application's `main` has settled. */
  mainSettled(): void;
}

const instances = sharedState('instances', () => ({
  started: undefined as StartedPorthole | undefined,
  noop: undefined as Porthole | undefined,
}));

/**
 * The running instance, which `run` or `startPorthole` has started. Without either it is noop: it logs and measures in
 * memory, but opens no port, touches no signal and sets no timer. So unit tests can import its users.
 */
export function porthole(): Porthole {
  if (instances.started !== undefined) return instances.started.porthole;
  if (instances.noop === undefined) {
    instances.noop = createNoopPorthole();
    // Not at once: a later start of Porthole has another line about it.
    if (mayBeService()) setImmediate(hint);
  }
  return instances.noop;
}

function hint(): void {
  if (instances.started === undefined) instances.noop?.logger.warn(NOT_STARTED);
}

/** The instance that has been started, if one has. */
export function startedPorthole(): StartedPorthole | undefined {
  return instances.started;
}

/** Makes `porthole()` return `started`. Returns whether a noop instance was taken before. */
export function setPorthole(started: StartedPorthole): boolean {
  instances.started = started;
  return instances.noop !== undefined;
}
