import { sharedState } from '@porthole/core/internal';
import type { Lifecycle } from '@porthole/lifecycle';
import { mayBeService, NOT_STARTED } from './hint-at-start.js';
import { createNoopPorthole } from './noop-porthole.js';
import type { Porthole } from './porthole-instance.js';

/** What has been started, and what ends it. */
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
 * memory, but opens no port, touches no signal and sets no timer, so that unit tests can import what uses it.
 */
export function porthole(): Porthole {
  if (instances.started !== undefined) return instances.started.porthole;
  if (instances.noop === undefined) {
    instances.noop = createNoopPorthole();
    // Not at once: whoever starts Porthole a moment later has another line about it.
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

/** Makes `started` what `porthole()` returns. Returns whether somebody has taken a noop instance before. */
export function setPorthole(started: StartedPorthole): boolean {
  instances.started = started;
  return instances.noop !== undefined;
}
