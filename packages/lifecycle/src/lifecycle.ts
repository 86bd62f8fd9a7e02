/** The options and the contract of a lifecycle. */
import type { Log, OnExit } from '@porthole/core/internal';
import type { HeldSignals } from './hold-signals.js';
import type { ShutdownTimes } from './resolve-shutdown-times.js';
import type { ShutdownSignal } from './shutdown-signals.js';
import type { WatchedEvents } from './watch-process.js';

/** The settings of a shutdown. */
export interface LifecycleOptions extends ShutdownTimes {
  /** @defaultValue warnings and worse as plain sentences on stderr */
  readonly log?: Log;
  /** Called first: makes readiness fail while the service goes on serving. */
  readonly onStopping?: () => void;
  /**
   * Called when nothing is left to do, so that the process ends by itself: exports the rest. The process waits for the
   * promise, for 3 s at most. Called again if nothing is left to do once more; return nothing if there is nothing to
   * send.
   */
  readonly onIdle?: () => Promise<unknown> | undefined;
  /**
   * Called synchronously before the last log lines are written, at every end of the process: ends work in flight, and
   * reports losses.
   */
  readonly onLeaving?: () => void;
  /**
   * Writes the log lines that are left, synchronously, for at most `timeoutMs`, and gives up earlier if the reader
   * takes nothing for `stalledAfterMs`. Called right before the process exits, at every end. Returns how many lines are
   * lost, which stderr reports.
   */
  readonly flushLogs?: (timeoutMs: number, stalledAfterMs: number) => number;
  /** @defaultValue `process.exit`, made certain */
  readonly exit?: (code: number) => void;
}

/** The end of one process. */
export interface Lifecycle {
  /**
   * Registers a hook of the shutdown. A hook whose phase is over when it is registered does not run.
   * @throws PortholeError `PORTHOLE_LIFECYCLE_HOOK` if the phase is not one of the four or the hook is not a function.
   */
  readonly onExit: OnExit;
  /** Whether a shutdown or a crash is under way. */
  readonly stopping: boolean;
  /**
   * Listens from now on, and acts on a signal that `held` has kept.
   *
   * SIGTERM, SIGINT and SIGHUP shut down; a second signal exits at once. If the application listens to the signal
   * itself, the shutdown runs its steps and then waits. The wait ends when the application ends the process, when
   * nothing is left to do, or at the deadline. A signal that the application raises again after its listeners are gone
   * means that it has finished. A SIGHUP that the application listens to is its own. SIGUSR1 has no effect.
   *
   * An uncaught exception or an unhandled rejection that the application does not handle is logged as fatal; the phases
   * `telemetry` and `logs` run, and the process exits with 1. One that it handles is logged as an error.
   *
   * @param events - what to act on: a worker thread has neither signals nor crashes of the process. @defaultValue both
   */
  install(held?: HeldSignals, events?: Partial<WatchedEvents>): void;
  /**
   * Shuts down, in this order: `onStopping`, the delay, the phases, `onLeaving`, `flushLogs`, exit. The exit code is
   * `code` if all hooks ended in time, even by throwing, and nothing was cut off. Otherwise it is 128 plus the number
   * of the signal, or 1 without one. A second call changes nothing but an exit code of 0.
   *
   * @param reason - why, for the log
   * @param signal - the signal that asked for it
   * @param code - of an orderly end. @defaultValue 0
   */
  shutdown(reason: string, signal?: ShutdownSignal, code?: number): Promise<void>;
  /** Logs a warning about work that the shutdown has cut off: the exit is not clean. */
  reportCutOff(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Writes the log lines that are left, until the deadline at most, and exits with `code`, without any hook. */
  exit(code: number): void;
  /** Takes all listeners off. A shutdown that is under way goes on. */
  close(): void;
}
