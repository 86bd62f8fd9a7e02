/** The end of a process whose application handles the signal itself: Porthole waits for it. */
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { reportInternalError } from '@porthole/core/internal';
import { type ApplicationListener, applicationListeners, describeListeners } from './application-listeners.js';
import type { ShutdownSignal } from './shutdown-signals.js';

/** The meaning of another signal. */
export type NextSignal =
  /** The application raised it after its listeners were gone: it has finished. */
  | 'done'
  /** The application raised it for a listener of its own. */
  | 'its own'
  /** Another process sent it. */
  | 'second';

/** The wait for an application. */
export interface ApplicationEnd {
  /** Its listeners of the signal, as `name (file:line)`. */
  readonly listeners: readonly string[];
  /** Resolves at {@link ApplicationEnd.end}. */
  readonly ended: Promise<void>;
  /** Whether the application has ended. */
  readonly hasEnded: boolean;
  /** The application has nothing left to do. */
  end(): void;
  /** The meaning of `signal`, which has arrived now. */
  judge(signal: ShutdownSignal): NextSignal;
  /** Gives `process.kill` back. */
  close(): void;
}

/**
 * Begins the wait at the first `signal`, for which the application has `listeners`. Node.js does not report the sender
 * of a signal. An application may end by raising it again (NestJS, terminus), and must not be taken for an operator who
 * insists. So `process.kill` is watched until the process ends.
 */
export function awaitApplication(signal: ShutdownSignal, listeners: readonly ApplicationListener[]): ApplicationEnd {
  const described = describeListeners(listeners);
  const hadLasting = listeners.some(({ once }) => !once);
  const raised = new Set<unknown>();
  const { kill } = process;
  const watchedKill: typeof kill = (pid, sent = 'SIGTERM') => {
    if (isThisProcess(pid)) raised.add(nameOf(sent));
    return kill.call(process, pid, sent);
  };
  replaceKill(watchedKill);
  let hasEnded = false;
  let resolveEnded = (): void => {};
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  return {
    listeners: described,
    ended,
    get hasEnded() {
      return hasEnded;
    },
    end: () => {
      hasEnded = true;
      resolveEnded();
    },
    judge: (next) => {
      const isRaised = raised.delete(next);
      if (hasEnded && !isRaised) return 'second';
      if (applicationListeners(next).length > 0) return isRaised ? 'its own' : 'second';
      // Lasting listeners that are gone mean the same for an application that kept its own `kill`.
      return isRaised || (next === signal && hadLasting) ? 'done' : 'second';
    },
    close: () => {
      if (process.kill === watchedKill) replaceKill(kill);
    },
  };
}

/** 0 is the process group, which this process is in. */
function isThisProcess(pid: number): boolean {
  return Number(pid) === process.pid || Number(pid) === 0;
}

function nameOf(signal: string | number): unknown {
  if (typeof signal === 'string') return signal;
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
}

/** On a `process` that is frozen only the listeners show that the application has ended. */
function replaceKill(kill: typeof process.kill): void {
  try {
    process.kill = kill;
    // For those who import it by name.
    syncBuiltinESMExports();
  } catch (error) {
    reportInternalError('lifecycle', error);
  }
}

/**
 * Resolves after `ms`. With an application to wait for, also when that has ended; the timer then does not keep the
 * process alive.
 */
export function pass(ms: number, application: ApplicationEnd | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    if (application === undefined) return;
    timer.unref();
    void application.ended.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
