/**
 * Exceptions and rejections that nothing in the application catches, as far as the application does not handle them
 * itself.
 */
import { inspected, isError, unhandledRejectionsMode } from '@porthole/core/internal';
import { applicationListeners, followListeners } from './application-listeners.js';
import { isOwnListener, ownListener } from './own-listener.js';

export interface CrashListener {
  /** Nothing handles it: the process must end. */
  crash(thrown: unknown, message: string): void;
  /** A listener of the application handles it, and decides on the process. */
  handled(thrown: unknown, message: string): void;
}

const UNCAUGHT = 'uncaughtException';
const REJECTED = 'unhandledRejection';
/** Reports each exception before anything else sees it, and changes nothing. */
const MONITOR = 'uncaughtExceptionMonitor';

/** Also for an exception of an entry module, whose origin Node.js gives as a rejection. */
const UNCAUGHT_MESSAGE = 'uncaught exception';
const REJECTED_MESSAGE = 'unhandled rejection';

/**
 * Listens until the function that is returned is called. Listeners of the application for `uncaughtException` and
 * `unhandledRejection`, a capture callback and `--unhandled-rejections` keep the effect that they have without
 * Porthole. So Porthole's listeners are there only as long as the application has none: with a listener of ours beside
 * theirs, Node.js would take a rejection for handled. Libraries that end the process only if they are alone (Sentry)
 * would not end it.
 */
export function watchCrashes(listener: CrashListener): () => void {
  const isHandled = (): boolean =>
    applicationListeners(UNCAUGHT).length > 0 || process.hasUncaughtExceptionCaptureCallback();
  const onMonitor = ownListener((thrown: unknown) => {
    if (isHandled()) listener.handled(thrown, UNCAUGHT_MESSAGE);
  });
  const onUncaught = ownListener((thrown: unknown) => {
    if (!isHandled()) listener.crash(thrown, UNCAUGHT_MESSAGE);
  });
  const onRejected = ownListener((reason: unknown) => {
    if (applicationListeners(REJECTED).length > 0) listener.handled(reason, REJECTED_MESSAGE);
    else if (isHandled()) throwOutside(reason);
    else {
      // Node.js would report it there, too.
      (process as NodeJS.EventEmitter).emit(MONITOR, errorOf(reason), REJECTED);
      listener.crash(reason, REJECTED_MESSAGE);
    }
  });
  const followsNode = unhandledRejectionsMode() !== 'throw';
  const adjust = (): void => {
    const ownsCrashes = applicationListeners(UNCAUGHT).length === 0;
    const ownsRejections = ownsCrashes && !followsNode;
    listen(UNCAUGHT, onUncaught, ownsCrashes);
    // A listener beside the application's records, and changes nothing.
    listen(REJECTED, onRejected, ownsRejections || applicationListeners(REJECTED).length > 0);
  };
  const onRemoved = ownListener((event: string | symbol, removed: object) => {
    if ((event === UNCAUGHT || event === REJECTED) && !isOwnListener(removed)) adjust();
  });
  adjust();
  process.on(MONITOR, onMonitor);
  const stopFollowing = followListeners([UNCAUGHT, REJECTED], adjust);
  process.on('removeListener', onRemoved);
  return () => {
    stopFollowing();
    process.off('removeListener', onRemoved);
    process.off(MONITOR, onMonitor);
    process.off(UNCAUGHT, onUncaught);
    process.off(REJECTED, onRejected);
  };
}

/** First in the list: a listener that was added by `once` is gone when those after it are called. */
function listen(event: string, listener: (thrown: unknown) => void, wanted: boolean): void {
  const emitter: NodeJS.EventEmitter = process;
  const isThere = emitter.listeners(event).includes(listener);
  if (wanted && !isThere) emitter.prependListener(event, listener);
  else if (!wanted && isThere) emitter.off(event, listener);
}

/**
 * A rejection reaches a capture callback without Porthole, as an error; an error thrown outside of every promise does,
 * too.
 */
function throwOutside(reason: unknown): void {
  process.nextTick(() => {
    throw errorOf(reason);
  });
}

/** The error that Node.js makes for a reason that is not an error. */
function errorOf(reason: unknown): Error {
  if (isError(reason)) return reason;
  const message = `the promise rejected with the reason ${inspected(reason)}`;
  return Object.assign(new Error(message), { code: 'ERR_UNHANDLED_REJECTION' });
}
