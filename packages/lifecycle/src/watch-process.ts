/** The events of the process that can end it. */
import { followListeners } from './application-listeners.js';
import { ownListener } from './own-listener.js';
import { ignoreSigusr1, SHUTDOWN_SIGNALS, type ShutdownSignal } from './shutdown-signals.js';
import { type CrashListener, watchCrashes } from './watch-crashes.js';

export interface ProcessListener extends CrashListener {
  /** @param isEmitted - the application has emitted the event itself */
  signal(signal: ShutdownSignal, isEmitted: boolean): void;
  /** Nothing is left to do, so that the process ends by itself. */
  idle(): void;
  /** The process exits now; only synchronous steps can still run. */
  exit(): void;
}

/** Which events are acted upon. */
export interface WatchedEvents {
  readonly signals: boolean;
  readonly crashes: boolean;
}

/** Listens until the function that is returned is called. */
export function watchProcess(listener: ProcessListener, { signals, crashes }: WatchedEvents): () => void {
  const stops = [watchEnd(listener)];
  if (signals) stops.push(watchSignals(listener));
  if (crashes) stops.push(watchCrashes(listener));
  return () => {
    for (const stop of stops) stop();
  };
}

function watchEnd(listener: ProcessListener): () => void {
  const onIdle = ownListener(() => listener.idle());
  const onExit = ownListener(() => listener.exit());
  process.on('beforeExit', onIdle);
  process.on('exit', onExit);
  return () => {
    process.off('beforeExit', onIdle);
    process.off('exit', onExit);
  };
}

function watchSignals(listener: ProcessListener): () => void {
  // Each listener knows its signal: the application may emit the event itself, with any arguments. Only Node.js gives a
  // number.
  const listeners = SHUTDOWN_SIGNALS.map((signal) => ({
    signal,
    onSignal: ownListener((_name?: unknown, number?: unknown) => listener.signal(signal, typeof number !== 'number')),
  }));
  // First in the list: a listener that is added by `once` is gone when those after it are called.
  const keepFirst = (): void => {
    for (const { signal, onSignal } of listeners) {
      if (process.listeners(signal)[0] === onSignal) continue;
      process.off(signal, onSignal);
      process.prependListener(signal, onSignal);
    }
  };
  keepFirst();
  const stops = [followListeners(SHUTDOWN_SIGNALS, keepFirst), ignoreSigusr1()];
  return () => {
    for (const stop of stops) stop();
    for (const { signal, onSignal } of listeners) process.off(signal, onSignal);
  };
}
