/** The instance of a process that nobody has started: for unit tests of code that calls `porthole()`. */
import { loadConfig, noExit } from '@porthole/core/internal';
import { composeParts } from './compose.js';
import type { Porthole } from './porthole.js';

/** Logs and measures, but opens no port, touches no signal, sets no timer and exports nothing. */
export function createInertPorthole(): Porthole {
  const { logger, metrics, health, tracing, withRecord } = composeParts(loadConfig().config, { inert: true });
  return {
    logger,
    metrics,
    health,
    tracer: tracing.tracer,
    withRecord,
    onShutdown: (name, hook) => noExit('dependencies', name, hook),
  };
}
