/** Exceptions and rejections that nothing in the application catches, as far as the application does not handle them itself. */
import { unhandledRejectionsMode } from '@porthole/core/internal';
import { applicationListeners } from './application-listeners.js';
import { ownListener } from './own-listener.js';

export interface CrashListener {
  /** Nothing handles it: the process must end. */
  crash(thrown: unknown, message: string): void;
  /** A listener of the application handles it, and decides what becomes of the process. */
  handled(thrown: unknown, message: string): void;
}

const UNCAUGHT = 'uncaughtException';
const REJECTED = 'unhandledRejection';
/** Also for an exception of an entry module, whose origin Node.js gives as a rejection. */
const UNCAUGHT_MESSAGE = 'uncaught exception';
const REJECTED_MESSAGE = 'unhandled rejection';

/**
 * Listens until the function that is returned is called. Listeners of the application for `uncaughtException` and `unhandledRejection`, a
 * capture callback and `--unhandled-rejections` keep the effect that they have without Porthole.
 */
export function watchCrashes(listener: CrashListener): () => void {
  const onUncaught = ownListener((thrown: unknown) => {
    const isHandled = applicationListeners(UNCAUGHT).length > 0;
    listener[isHandled ? 'handled' : 'crash'](thrown, UNCAUGHT_MESSAGE);
  });
  const onRejected = ownListener((reason: unknown) => {
    if (applicationListeners(REJECTED).length > 0) listener.handled(reason, REJECTED_MESSAGE);
    else if (process.hasUncaughtExceptionCaptureCallback()) throwOutside(reason);
    else listener.crash(reason, REJECTED_MESSAGE);
  });
  const followsNode = unhandledRejectionsMode() !== 'throw';
  // With a listener of ours alone Node.js would take a rejection for handled, and the application's `uncaughtException` would miss it.
  const hearsRejections = (): boolean =>
    applicationListeners(REJECTED).length > 0 || (!followsNode && applicationListeners(UNCAUGHT).length === 0);
  let hears = false;
  let closed = false;
  const adjust = (): void => {
    const wanted = !closed && hearsRejections();
    if (wanted === hears) return;
    hears = wanted;
    if (wanted) process.prependListener(REJECTED, onRejected);
    else process.off(REJECTED, onRejected);
  };
  const onChange = ownListener((event: string | symbol) => {
    // The list changes after `newListener`, and Node.js reports rejections after the microtasks.
    if (event === UNCAUGHT || event === REJECTED) queueMicrotask(adjust);
  });
  // First in the list: a listener that is added by `once` is gone when those after it are called.
  process.prependListener(UNCAUGHT, onUncaught);
  adjust();
  process.on('newListener', onChange);
  process.on('removeListener', onChange);
  return () => {
    closed = true;
    process.off('newListener', onChange);
    process.off('removeListener', onChange);
    process.off(UNCAUGHT, onUncaught);
    adjust();
  };
}

/** A rejection would reach the capture callback without Porthole; what is thrown outside of every promise does. */
function throwOutside(reason: unknown): void {
  process.nextTick(() => {
    throw reason;
  });
}
