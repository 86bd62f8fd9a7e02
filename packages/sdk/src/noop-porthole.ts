/** The instance of a process without `run` and `startPorthole`: for unit tests of code that calls `porthole()`. */
import { loadConfig, noExit } from '@porthole/core/internal';
import type { Health } from '@porthole/health';
import { composeParts } from './compose.js';
import type { Porthole } from './porthole-instance.js';

/** Logs and measures, but opens no port, touches no signal, sets no timer and exports nothing. */
export function createNoopPorthole(): Porthole {
  const { logger, metrics, health, tracing, withRecord } = composeParts(loadConfig().config, { noop: true });
  return {
    logger,
    metrics,
    health: replacingChecks(health),
    tracer: tracing.tracer,
    withRecord,
    onShutdown: (name, hook) => noExit('dependencies', name, hook),
  };
}

/** `health`, in which a check replaces an earlier one of its name: tests make the application anew for each case. */
function replacingChecks(health: Health): Health {
  const takeOffByName = new Map<string, () => void>();
  const replacing =
    (probe: 'liveness' | 'readiness' | 'startup'): Health['readiness'] =>
    (name, check, options) => {
      const key = `${probe} ${name}`;
      takeOffByName.get(key)?.();
      const takeOff = health[probe](name, check, options);
      takeOffByName.set(key, takeOff);
      return takeOff;
    };
  return {
    ...health,
    liveness: replacing('liveness'),
    readiness: replacing('readiness'),
    startup: replacing('startup'),
  };
}
