/** How a process ends: on a signal, on a crash, on request; in order, within its time, with an exit code that says how. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_PHASES, type ExitPhase, type Log, type OnExit, reportInternalError } from '@porthole/core/internal';
import { crashError } from './crash-error.js';
import { endUncaught, isWithoutPlace } from './end-uncaught.js';
import { createExitHooks } from './exit-hooks.js';
import type { HeldSignals } from './hold-signals.js';
import { phaseEnds } from './phase-ends.js';
import { plainLog, safeLog } from './plain-log.js';
import { resolveShutdownTimes, type ShutdownTimes } from './resolve-shutdown-times.js';
import { exitCodeOf, type ShutdownSignal } from './shutdown-signals.js';
import { watchProcess } from './watch-process.js';

/** What a shutdown goes by. */
export interface LifecycleOptions extends ShutdownTimes {
  /** @defaultValue warnings and worse as plain sentences on stderr */
  readonly log?: Log;
  /** Called first: makes readiness fail while the service goes on serving. */
  readonly onStopping?: () => void;
  /**
   * Writes the log lines that are left, synchronously, for at most `timeoutMs`. Called right before the process exits,
   * whatever ends it.
   */
  readonly flushLogs?: (timeoutMs: number) => void;
  /** @defaultValue `process.exit` */
  readonly exit?: (code: number) => void;
}

/** The end of one process. */
export interface Lifecycle {
  /**
   * Registers a hook of the shutdown. A hook whose phase is over when it is registered does not run.
   * @throws PortholeError `PORTHOLE_LIFECYCLE_HOOK` where the phase is none or the hook is no function.
   */
  readonly onExit: OnExit;
  /** Whether a shutdown or a crash is under way. */
  readonly stopping: boolean;
  /**
   * Listens from now on, and acts on a signal that `held` has kept. SIGTERM, SIGINT and SIGHUP shut down; a second signal
   * exits at once. SIGUSR1 has no effect. An uncaught exception, or a rejection that nobody handles and no other listener of
   * `unhandledRejection` takes care of, is logged as fatal; the phases `telemetry` and `logs` run, and the process exits with 1. A process
   * that ends since nothing is left to do says so.
   */
  install(held?: HeldSignals): void;
  /**
   * Shuts down, in this order: `onStopping`, the delay, the phases, `flushLogs`, exit. The exit code is `code` where all hooks ended
   * in time, even by throwing. Otherwise it is 128 plus the number of the signal, or 1 without one. A second call changes nothing
   * but an exit code of 0.
   *
   * @param reason - why, for the log
   * @param signal - the signal that asked for it
   * @param code - of an orderly end. @defaultValue 0
   */
  shutdown(reason: string, signal?: ShutdownSignal, code?: number): Promise<void>;
  /** Writes the log lines that are left and exits at once with `code`, without any hook: for a process that must not go on. */
  exit(code: number): void;
  /** Takes all listeners off. A shutdown that is under way goes on. */
  close(): void;
}

/** What the telemetry phase may take at most, however much time there is. */
const MAX_TELEMETRY_MS = 3000;
/** What the phases of a crash may take together. */
const MAX_CRASH_MS = 4000;
/** How long lines are written after everything else: signals are not heard meanwhile. */
const LAST_FLUSH_MS = 750;
/** The same where the process has to end at once. */
const QUICK_FLUSH_MS = 250;
/** The same where the application has called `process.exit`, and nothing was flushed before. */
const EXIT_FLUSH_MS = 3000;

/**
 * Touches nothing until `install`.
 * @throws PortholeError `PORTHOLE_LIFECYCLE_OPTION` where a time is not valid.
 *
 * @example
 * const lifecycle = createLifecycle({ log, deadlineMs: 9000, delayMs: 0 });
 * lifecycle.onExit('drain', 'http', () => app.close());
 * lifecycle.install(held);
 */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { deadlineMs, delayMs } = resolveShutdownTimes(options);
  const { flushLogs, exit = (code: number): void => process.exit(code) } = options;
  const log = safeLog(options.log ?? plainLog);
  let shutdownPromise: Promise<void> | undefined;
  let enforcedBy: ShutdownSignal | undefined;
  let crashed = false;
  let orderlyCode = 0;
  let isCut = false;
  let isFlushed = false;
  let hasLeft = false;
  let uninstall: (() => void) | undefined;

  const hooks = createExitHooks({
    failed: (phase, hook, err) => {
      reportInternalError('lifecycle', err);
      if (!crashed) log.error({ phase, hook, err }, 'exit hook failed');
    },
    givenUp: (phase, hook) => {
      isCut = true;
      if (!crashed) log.warn({ phase, hook }, 'exit hook did not end in time and is given up');
    },
  });

  function shutdown(reason: string, signal?: ShutdownSignal, code = 0): Promise<void> {
    enforcedBy ??= signal;
    if (orderlyCode === 0) orderlyCode = code;
    shutdownPromise ??= crashed ? Promise.resolve() : stop(reason);
    return shutdownPromise;
  }

  async function stop(reason: string): Promise<void> {
    const startMs = performance.now();
    const deadline = setTimeout(passDeadline, deadlineMs);
    log.info({ reason, deadline_ms: deadlineMs, delay_ms: delayMs }, 'shutting down');
    try {
      options.onStopping?.();
    } catch (err) {
      reportInternalError('lifecycle', err);
      log.error({ err }, 'the shutdown could not be announced');
    }
    if (delayMs > 0) await sleep(delayMs);
    await runPhases(EXIT_PHASES, startMs, phaseEnds(delayMs, deadlineMs, hooks.has), () => crashed);
    // The deadline holds for a crash on the way, too.
    if (crashed) return;
    clearTimeout(deadline);
    const leftMs = startMs + deadlineMs - performance.now();
    leave(isCut ? enforcedCode() : orderlyCode, Math.max(QUICK_FLUSH_MS, Math.min(leftMs, LAST_FLUSH_MS)));
  }

  function passDeadline(): void {
    if (crashed) {
      leave(1, QUICK_FLUSH_MS);
      return;
    }
    const waitingFor = hooks.current === undefined ? {} : { phase: hooks.current.phase, hook: hooks.current.name };
    log.error({ ...waitingFor, deadline_ms: deadlineMs }, 'the deadline of the shutdown has passed');
    leave(enforcedCode(), QUICK_FLUSH_MS);
  }

  async function crash(thrown: unknown, message: string): Promise<void> {
    if (crashed) {
      reportInternalError('lifecycle', thrown);
      return;
    }
    crashed = true;
    const limitMs = Math.min(deadlineMs, MAX_CRASH_MS);
    // Before anything that could fail: the process must not go on.
    const deadline = setTimeout(passDeadline, limitMs);
    // The last line there is, if it can be: from here on hooks that fail are only counted.
    log.fatal({ err: crashError(thrown) }, message);
    await runPhases(['telemetry', 'logs'], performance.now(), phaseEnds(0, limitMs, hooks.has), () => false);
    clearTimeout(deadline);
    leave(1, LAST_FLUSH_MS, isWithoutPlace(thrown) ? () => endUncaught(thrown, () => exit(1)) : undefined);
  }

  async function runPhases(
    phases: readonly ExitPhase[],
    startMs: number,
    ends: Readonly<Record<ExitPhase, number>>,
    isInterrupted: () => boolean,
  ): Promise<void> {
    for (const phase of phases) {
      if (isInterrupted()) return;
      const leftMs = startMs + ends[phase] - performance.now();
      await hooks.runPhase(phase, phase === 'telemetry' ? Math.min(leftMs, MAX_TELEMETRY_MS) : leftMs);
    }
  }

  function onSignal(signal: ShutdownSignal): void {
    // A shutdown that the service itself began is joined by the first signal; only the second insists.
    const isFirst = enforcedBy === undefined;
    if (crashed) leave(1, QUICK_FLUSH_MS);
    else if (isFirst) shutdown(`received ${signal}`, signal);
    else {
      log.warn({ signal }, 'second signal: exiting at once');
      leave(exitCodeOf(signal), QUICK_FLUSH_MS);
    }
  }

  /** A service whose server was never started ends with 0 and would say nothing. */
  function idle(): void {
    if (!crashed && shutdownPromise === undefined) log.info({}, 'nothing is left to do: the process ends');
  }

  function enforcedCode(): number {
    return enforcedBy === undefined ? 1 : exitCodeOf(enforcedBy);
  }

  function leave(code: number, flushTimeoutMs: number, end = (): void => exit(code)): void {
    if (hasLeft) return;
    hasLeft = true;
    flush(flushTimeoutMs);
    end();
  }

  function flush(timeoutMs: number): void {
    if (isFlushed) return;
    isFlushed = true;
    try {
      flushLogs?.(timeoutMs);
    } catch (err) {
      reportInternalError('lifecycle', err);
      plainLog.error({ err }, 'the last log lines could not be written');
    }
  }

  return {
    onExit: hooks.onExit,
    get stopping() {
      return crashed || shutdownPromise !== undefined;
    },
    install: (held) => {
      uninstall ??= watchProcess({ signal: onSignal, crash, idle, exit: () => flush(EXIT_FLUSH_MS) });
      if (delayMs < options.delayMs) {
        log.warn(
          { delay_ms: delayMs },
          `the shutdown delay of ${options.delayMs} ms leaves no time before the deadline and is cut`,
        );
      }
      for (const signal of held?.release() ?? []) onSignal(signal as ShutdownSignal);
    },
    shutdown,
    exit: (code) => leave(code, LAST_FLUSH_MS),
    close: () => {
      uninstall?.();
      uninstall = undefined;
    },
  };
}
