/** Keeps signals from being lost, or from ending the process at once, while the service is still being imported. */
import { ownListener } from './own-listener.js';
import { exitCodeOf, ignoreSigusr1, SHUTDOWN_SIGNALS, type ShutdownSignal } from './shutdown-signals.js';

/** Signals that wait for somebody who acts on them. */
export interface HeldSignals {
  /**
   * Removes the listeners for SIGTERM, SIGINT and SIGHUP and returns the signals that have arrived. SIGUSR1 stays
   * without effect. The next owner must be listening already: between two listeners a signal would end the process, or
   * be lost by PID 1.
   */
  release(): readonly NodeJS.Signals[];
}

/**
 * From now on SIGTERM, SIGINT and SIGHUP are remembered, and SIGUSR1 does not open the inspector. A second signal means
 * that somebody insists: the process exits at once, with 128 plus its number.
 */
export function holdSignals(): HeldSignals {
  const arrived: ShutdownSignal[] = [];
  const remember = ownListener((signal: NodeJS.Signals): void => {
    if (arrived.length > 0) process.exit(exitCodeOf(signal as ShutdownSignal));
    arrived.push(signal as ShutdownSignal);
  });
  ignoreSigusr1();
  for (const signal of SHUTDOWN_SIGNALS) process.on(signal, remember);
  return {
    release: () => {
      for (const signal of SHUTDOWN_SIGNALS) process.off(signal, remember);
      return arrived;
    },
  };
}
