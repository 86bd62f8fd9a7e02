/** The events of the process that can end it. */
import { ignoreSigusr1, SHUTDOWN_SIGNALS, type ShutdownSignal } from './shutdown-signals.js';

/** Who is told. */
export interface ProcessListener {
  signal(signal: ShutdownSignal): void;
  crash(thrown: unknown, message: string): void;
  /** Nothing is left to do, so that the process ends by itself. */
  idle(): void;
  /** The process exits now; only what is synchronous can still be done. */
  exit(): void;
}

/** Listens until the function that is returned is called. */
export function watchProcess(listener: ProcessListener): () => void {
  const onSignal = (signal: NodeJS.Signals): void => listener.signal(signal as ShutdownSignal);
  const onUncaught = (thrown: unknown): void => listener.crash(thrown, 'uncaught exception');
  const onRejected = (reason: unknown): void => {
    // Whoever else listens has decided what a rejection means: without Porthole, too, the process would live on.
    if (process.listenerCount('unhandledRejection') === 1) listener.crash(reason, 'unhandled rejection');
  };
  const onIdle = (): void => listener.idle();
  const onExit = (): void => listener.exit();
  const stopIgnoring = ignoreSigusr1();
  for (const signal of SHUTDOWN_SIGNALS) process.on(signal, onSignal);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onRejected);
  // Once: a line that is written keeps the process for a moment, after which nothing is left to do again.
  process.once('beforeExit', onIdle);
  process.on('exit', onExit);
  return () => {
    stopIgnoring();
    for (const signal of SHUTDOWN_SIGNALS) process.off(signal, onSignal);
    process.off('uncaughtException', onUncaught);
    process.off('unhandledRejection', onRejected);
    process.off('beforeExit', onIdle);
    process.off('exit', onExit);
  };
}
