/** The owner of the admin port: this thread, or the watchdog. */
import { type AdminAddress, createAdminServer } from '@porthole/admin';
import type { Config, PortholeError } from '@porthole/core';
import { messageOf } from '@porthole/core/internal';
import type { Lifecycle } from '@porthole/lifecycle';
import type { Parts } from './compose.js';

export interface AdminPortOptions {
  readonly config: Config;
  readonly parts: Parts;
  readonly lifecycle: Lifecycle;
  /** Hears, in one sentence, why the port is not open. */
  readonly onNotListening: (message: string) => void;
  /** Gets the address of the open port. */
  readonly onListening: (address: AdminAddress) => void;
}

/** Opens the admin port, and starts the watchdog if the configuration asks for it. Never throws. */
export function serveAdminPort(options: AdminPortOptions): void {
  if (options.config.watchdog) void callWatchdog(options);
  else openPort(options);
}

function openPort({ config, parts, lifecycle, onNotListening, onListening }: AdminPortOptions): void {
  if (config.adminPort === 'off' || lifecycle.stopping) return;
  const { health, metrics, logger } = parts;
  const admin = createAdminServer({ port: config.adminPort, host: config.adminHost, health, metrics, log: logger });
  admin.listen().then(onListening, ({ message }: PortholeError) => onNotListening(message));
  lifecycle.onExit('logs', 'admin port', () => admin.close());
}

/** A service that gets no watchdog, or whose watchdog fails, has the port as ever. */
async function callWatchdog(options: AdminPortOptions): Promise<void> {
  const { config, parts, lifecycle, onNotListening } = options;
  const { health, metrics, lineStyle, logger } = parts;
  const doWithout = (error: unknown): void => {
    if (lifecycle.stopping) return;
    logger.warn(`PORTHOLE_WATCHDOG is on, but there is no watchdog: ${messageOf(error)}`);
    openPort(options);
  };
  try {
    // As large as the rest of this package, and for those who ask for it alone.
    const { startWatchdog } = await import('./watchdog/start-watchdog.js');
    const watchdog = startWatchdog({
      health,
      metrics,
      lineStyle,
      logger,
      directory: config.directory,
      admin: config.adminPort === 'off' ? undefined : { host: config.adminHost, port: config.adminPort },
      onListening: options.onListening,
      onNotListening,
      onFailure: doWithout,
    });
    lifecycle.onExit('logs', 'watchdog', () => watchdog.close());
  } catch (error) {
    doWithout(error);
  }
}
