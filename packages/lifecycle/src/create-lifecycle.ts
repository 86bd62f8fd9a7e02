/**
 * How a process ends: on a signal, on a crash, on request; in order, within its time, with an exit code for the
 * outcome.
 */
import { performance } from 'node:perf_hooks';
import { type ExitPhase, reportInternalError } from '@porthole/core/internal';
import { type ApplicationEnd, awaitApplication, pass } from './application-end.js';
import { type ApplicationListener, applicationListeners, describeListeners } from './application-listeners.js';
import { crashError } from './crash-error.js';
import { endUncaught, hasNoSourceLocation } from './end-uncaught.js';
import { createExitHooks } from './exit-hooks.js';
import { exitProcess } from './exit-process.js';
import { keepAlive } from './keep-alive.js';
import type { Lifecycle, LifecycleOptions } from './lifecycle.js';
import { phaseEnds } from './phase-ends.js';
import { plainLog, safeLog } from './plain-log.js';
import { resolveShutdownTimes } from './resolve-shutdown-times.js';
import { createShutdownDeadline } from './shutdown-deadline.js';
import { exitCodeOf, type ShutdownSignal } from './shutdown-signals.js';
import { watchProcess } from './watch-process.js';
import { separateFromStdout } from './write-stderr.js';

/** The limit of the telemetry phase, however much time there is. */
const MAX_TELEMETRY_MS = 3000;
/** The last lines of a process that has to end at once: signals are not heard meanwhile. */
const QUICK_FLUSH_MS = 250;
/** A reader that takes nothing for so long has stopped, if nothing was flushed before. */
const STALLED_AFTER_MS = 2000;

/**
 * Touches nothing until `install`.
 * @throws PortholeError `PORTHOLE_LIFECYCLE_OPTION` if a time is not valid.
 *
 * @example
 * const lifecycle = createLifecycle({ log, deadlineMs: 9000, delayMs: 0 });
 * lifecycle.onExit('drain', 'http', () => app.close());
 * lifecycle.install(held);
 */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { deadlineMs, delayMs } = resolveShutdownTimes(options);
  const { exit = exitProcess } = options;
  const log = safeLog(options.log ?? plainLog);
  let shutdownPromise: Promise<void> | undefined;
  let enforcedBy: ShutdownSignal | undefined;
  let application: ApplicationEnd | undefined;
  let crashed = false;
  let orderlyCode = 0;
  let isCut = false;
  let isIdle = false;
  /** False in a worker thread: its end is not the end of the process. */
  let endsProcess = true;
  let hasFinished = false;
  let hasLeft = false;
  /** Why the shutdown runs, and since when. */
  let begun: { readonly reason: string; readonly startMs: number } | undefined;
  const cut: string[] = [];
  let uninstall: (() => void) | undefined;

  const deadline = createShutdownDeadline(deadlineMs, passDeadline);
  const hooks = createExitHooks({
    failed: (phase, hook, err) => {
      reportInternalError('lifecycle', err);
      if (!crashed) log.error({ phase, hook, err }, 'exit hook failed');
    },
    givenUp: (phase, hook) => {
      isCut = true;
      cut.push(`the hook "${hook}"`);
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
    begun = { reason, startMs };
    deadline.start(deadlineMs);
    log.info({ reason, deadline_ms: deadlineMs, delay_ms: delayMs }, 'shutting down');
    attempt('the shutdown could not be announced', options.onStopping);
    if (delayMs > 0) await pass(delayMs, application);
    const ends = phaseEnds(delayMs, deadlineMs, hooks.has);
    const isInterrupted = (): boolean => crashed;
    await runPhases(['drain', 'dependencies'], startMs, ends, isInterrupted);
    if (application !== undefined && !crashed) await waitFor(application, startMs + ends.dependencies);
    await runPhases(['telemetry', 'logs'], startMs, ends, isInterrupted);
    // The deadline holds for a crash on the way, too.
    if (crashed) return;
    deadline.clear();
    leave(isCut ? enforcedCode() : orderlyExitCode(), deadline.leftMs(QUICK_FLUSH_MS));
  }

  async function waitFor(awaited: ApplicationEnd, untilMs: number): Promise<void> {
    await pass(untilMs - performance.now(), awaited);
    if (awaited.hasEnded || crashed) return;
    log.warn(
      { listeners: awaited.listeners, deadline_ms: deadlineMs },
      `the application has not ended the process, although it listens to ${enforcedBy}: the deadline ends it`,
    );
  }

  function passDeadline(): void {
    if (crashed) {
      leave(1);
      return;
    }
    isCut = true;
    if (hooks.current !== undefined) cut.push(`the hook "${hooks.current.name}"`);
    const waitingFor = hooks.current === undefined ? {} : { phase: hooks.current.phase, hook: hooks.current.name };
    log.error({ ...waitingFor, deadline_ms: deadlineMs }, 'the deadline of the shutdown has passed');
    leave(enforcedCode());
  }

  async function crash(thrown: unknown, message: string): Promise<void> {
    if (isExiting()) {
      // A listener of `exit` has thrown: only synchronous steps can still run, and Node.js has the code.
      log.fatal({ err: crashError(thrown) }, message);
      finish(QUICK_FLUSH_MS, QUICK_FLUSH_MS);
      exit(Number(process.exitCode ?? 1));
      return;
    }
    if (crashed) {
      reportInternalError('lifecycle', thrown);
      return;
    }
    crashed = true;
    const limitMs = deadline.leftMs(QUICK_FLUSH_MS);
    // Before anything that could fail: the process must not go on.
    deadline.start(limitMs);
    // The last line there is, if it can be: from here on hooks that fail are only counted.
    log.fatal({ err: crashError(thrown) }, message);
    await runPhases(['telemetry', 'logs'], performance.now(), phaseEnds(0, limitMs, hooks.has), () => false);
    deadline.clear();
    const end = hasNoSourceLocation(thrown) ? () => endUncaught(thrown, () => exit(1)) : undefined;
    leave(1, deadline.leftMs(QUICK_FLUSH_MS), end);
  }

  function handled(thrown: unknown, message: string): void {
    log.error({ err: crashError(thrown) }, `${message}: the application handles it`);
  }

  async function runPhases(
    phases: readonly ExitPhase[],
    startMs: number,
    ends: Readonly<Record<ExitPhase, number>>,
    isInterrupted: () => boolean,
  ): Promise<void> {
    for (const phase of phases) {
      if (isInterrupted()) return;
      const phaseMs = startMs + ends[phase] - performance.now();
      await hooks.runPhase(phase, phase === 'telemetry' ? Math.min(phaseMs, MAX_TELEMETRY_MS) : phaseMs);
    }
  }

  function onSignal(signal: ShutdownSignal, isEmitted = false): void {
    const listeners = applicationListeners(signal);
    if (crashed) leave(1);
    else if (signal === 'SIGHUP' && listeners.length > 0) {
      log.info(
        { signal, listeners: describeListeners(listeners) },
        'SIGHUP is left to the listener of the application',
      );
    } else if (enforcedBy === undefined) {
      // A shutdown that the service itself began is joined by the first signal; only the second insists.
      if (listeners.length > 0) startWaiting(signal, listeners);
      void shutdown(`received ${signal}`, signal);
    } else if (!isEmitted) onNextSignal(signal);
  }

  function onNextSignal(signal: ShutdownSignal): void {
    const meaning = application?.judge(signal) ?? 'second';
    if (meaning === 'done') application?.end();
    else if (meaning === 'second') {
      log.warn({ signal }, 'second signal: exiting at once');
      leave(exitCodeOf(signal));
    }
  }

  function startWaiting(signal: ShutdownSignal, listeners: readonly ApplicationListener[]): void {
    application = awaitApplication(signal, listeners);
    deadline.unref();
    log.warn(
      { signal, listeners: application.listeners, deadline_ms: deadlineMs },
      `the application listens to ${signal}: Porthole waits for it to end the process; use onShutdown to have Porthole end it`,
    );
  }

  /** A service whose server was never started ends with 0 and would log nothing. */
  function idle(): void {
    if (crashed) return;
    if (application !== undefined) application.end();
    else if (shutdownPromise === undefined) {
      if (!isIdle && endsProcess) log.info({}, 'nothing is left to do: the process ends');
      isIdle = true;
      attempt('the export at the end of the process failed', () => keepAlive(options.onIdle?.(), MAX_TELEMETRY_MS));
    }
  }

  function isExiting(): boolean {
    return hasFinished || (process as { readonly _exiting?: boolean })._exiting === true;
  }

  function enforcedCode(): number {
    return enforcedBy === undefined ? 1 : exitCodeOf(enforcedBy);
  }

  /** An application that ends the process itself has set the code, too. */
  function orderlyExitCode(): number {
    return application === undefined ? orderlyCode : Number(process.exitCode ?? orderlyCode);
  }

  function leave(code: number, flushMs = QUICK_FLUSH_MS, end = (): void => exit(code)): void {
    if (hasLeft) return;
    hasLeft = true;
    finish(flushMs, QUICK_FLUSH_MS);
    end();
  }

  function finish(timeoutMs: number, stalledAfterMs: number): void {
    if (hasFinished) return;
    hasFinished = true;
    attempt('the report of lost spans failed', options.onLeaving);
    if (begun !== undefined && !crashed) {
      const durationMs = Math.round(performance.now() - begun.startMs);
      log.info({ reason: begun.reason, duration_ms: durationMs, ...(cut.length > 0 ? { cut } : {}) }, 'shut down');
    }
    try {
      const lost = options.flushLogs?.(timeoutMs, stalledAfterMs) ?? 0;
      if (lost > 0) {
        separateFromStdout();
        plainLog.error({}, `${lost} log lines are lost: the output did not take them before the process ended`);
      }
    } catch (err) {
      reportInternalError('lifecycle', err);
      plainLog.error({ err }, 'the last log lines could not be written');
    }
  }

  function attempt(failure: string, step: (() => void) | undefined): void {
    try {
      step?.();
    } catch (err) {
      reportInternalError('lifecycle', err);
      log.error({ err }, failure);
    }
  }

  return {
    onExit: hooks.onExit,
    get stopping() {
      return crashed || shutdownPromise !== undefined;
    },
    install: (held, { signals = true, crashes = true } = {}) => {
      endsProcess = signals;
      uninstall ??= watchProcess(
        {
          signal: onSignal,
          crash,
          handled,
          idle,
          exit: () => finish(deadline.leftMs(QUICK_FLUSH_MS), STALLED_AFTER_MS),
        },
        { signals, crashes },
      );
      if (delayMs < options.delayMs) {
        log.warn(
          { delay_ms: delayMs },
          `the shutdown delay of ${options.delayMs} ms leaves no time before the deadline and is cut`,
        );
      }
      for (const signal of held?.release() ?? []) onSignal(signal as ShutdownSignal);
    },
    shutdown,
    reportCutOff: (fields, message) => {
      isCut = true;
      cut.push(message);
      log.warn(fields, message);
    },
    exit: (code) => leave(code, deadline.leftMs(QUICK_FLUSH_MS)),
    close: () => {
      uninstall?.();
      uninstall = undefined;
      application?.close();
    },
  };
}
