/** Porthole for a service: all parts wired, started in order, and ended in order. */
import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { type AdminAddress, createControlServer, startHeartbeat } from '@porthole/admin';
import type { Config, PortholeError, PortholeOptions } from '@porthole/core';
import { createControlDirectory, loadConfig, messageOf, reportInternalError } from '@porthole/core/internal';
import { createDiagnostics } from '@porthole/diagnostics';
import type { DescribeRequest } from '@porthole/http';
import { createLifecycle, type HeldSignals, type Lifecycle } from '@porthole/lifecycle';
import type { Logger } from '@porthole/logger';
import type { NodeSdkFactory } from '@porthole/tracing';
import { awaitStart, NO_WAIT, type ReadyWhen, type Start } from './await-start.js';
import { composeParts, type Parts } from './compose.js';
import { type ApplicationInstrumentation, instrumentApplication } from './instrument-application.js';
import { watchLateVariables } from './late-variables.js';
import { watchOldLibraries } from './old-libraries.js';
import { otlpMetricsOptions, otlpTracesOptions } from './otlp-options.js';
import { porthole, setPorthole, startedPorthole } from './porthole.js';
import type { Porthole } from './porthole-instance.js';
import type { RepeatedLook } from './repeated-look.js';
import { reportPlaces } from './report-places.js';
import { serveAdminPort } from './serve-admin-port.js';
import { startsNothing } from './starts-nothing.js';

/** EX_CONFIG of sysexits.h: something is wrong with the configuration. */
const EXIT_CONFIG = 78;

/** Options of `startPorthole`. */
export interface StartOptions extends PortholeOptions {
  /**
   * `job` is for work that ends: there is no admin port, and `run` ends the process when `main` is done. @defaultValue
   * `'service'`
   */
  readonly mode?: 'service' | 'job' | undefined;
  /**
   * When readiness and startup may pass, beside their checks: `listening` when the application's first server listens,
   * `main` when `main` has settled, which without `run` is at once. `health.setReady(true)` always ends the wait.
   * @defaultValue `listening`; with `run` also when no server listens within 2 s after `main` has settled
   */
  readonly readyWhen?: ReadyWhen | undefined;
  /**
   * Makes a stock `NodeSDK` (`@opentelemetry/sdk-node`, installed by the application) that takes the spans instead of
   * Porthole's own export; it is started and shut down with Porthole. @defaultValue none
   *
   * @example
   * startPorthole({ nodeSdk: (defaults) => new NodeSDK({ ...defaults, spanProcessors, instrumentations }) });
   */
  readonly nodeSdk?: NodeSdkFactory | undefined;
  /**
   * Looks at each request when it is over: adds attributes to its record or sets its `route`, or returns `false` to leave the request
   * out. Its errors are counted. @defaultValue none
   *
   * @example
   * startPorthole({ describeRequest: (record, { headers }) => record.setAttribute('app.has-session', 'cookie' in headers) });
   */
  readonly describeRequest?: DescribeRequest | undefined;
}

/**
 * Starts Porthole in a service that keeps its own entry file: logs, metrics, traces, probes, the admin port, the control
 * socket, and an orderly end at SIGTERM. `porthole()` returns the same instance from then on. A bad setting never stops the
 * service, unless `PORTHOLE_STRICT=on` asks for it: then the process exits with 78.
 *
 * A second call starts nothing: it logs a line and returns the running instance. A call by a preloaded module starts nothing in
 * processes that are not the service (a probe, npm, `node -e`, a sub-command): it returns the noop instance.
 *
 * @param options - settings that the environment does not have
 * @param held - signals that were held back since the process began; `run` passes them on
 *
 * @example
 * import { startPorthole } from '@porthole/sdk';
 * const { logger } = startPorthole({ service: 'orders' });
 */
export function startPorthole(options: StartOptions = {}, held?: HeldSignals): Porthole {
  const running = startedPorthole();
  if (running !== undefined) {
    running.porthole.logger.error(
      'startPorthole was called a second time: the instance that runs is used, and its options are kept',
    );
    return running.porthole;
  }
  // `run` holds signals, and has decided already that this is the service.
  if (held === undefined && startsNothing()) return porthole();
  const { config, settings, problems } = loadConfig(options);
  const parts = composeParts(config, { noop: false, nodeSdk: options.nodeSdk });
  const { sink, logger, metrics, health, tracing } = parts;
  const diagnostics = createDiagnostics({
    serviceName: config.serviceName,
    serviceVersion: config.serviceVersion,
    settings,
  });
  let application: ApplicationInstrumentation | undefined;
  const lateLooks: RepeatedLook[] = [];
  const lifecycle = createLifecycle({
    deadlineMs: config.shutdownDeadlineMs,
    delayMs: config.shutdownDelayMs,
    log: logger,
    onStopping: () => {
      health.startDraining();
      tracing.skipBackoff();
    },
    onIdle: () => {
      for (const look of lateLooks) look.close();
      return application?.flush();
    },
    onLeaving: () => application?.end(),
    flushLogs: (timeoutMs, stalledAfterMs) => {
      const startMs = performance.now();
      sink.flush(timeoutMs, stalledAfterMs);
      // Listeners of `exit` that come after ours may log.
      sink.writeThrough(startMs + timeoutMs - performance.now(), stalledAfterMs);
      return sink.unreportedLines;
    },
  });
  // Registered first, hence the last to run: the other hooks of the phase may log.
  lifecycle.onExit('logs', 'log lines', (signal) => sink.drain(signal));
  const instance: Porthole = {
    logger,
    metrics,
    health,
    tracer: tracing.tracer,
    withRecord: parts.withRecord,
    onShutdown: (name, hook) => lifecycle.onExit('dependencies', name, hook),
  };
  const mode = options.mode ?? 'service';
  const start = mode === 'job' || !isMainThread ? NO_WAIT : awaitStartOf(options, parts, held !== undefined);
  lifecycle.onExit('logs', 'start', () => start.close());
  const metricsExport = otlpMetricsOptions(config, mode);
  // Without an export, no time of the shutdown is kept free for it.
  const finalPhase = tracing.exporter !== 'none' || metricsExport !== undefined ? 'telemetry' : 'logs';
  const wasTaken = setPorthole({
    porthole: instance,
    lifecycle,
    serviceName: config.serviceName,
    mainSettled: start.mainSettled,
  });

  const report = createProblemReport(logger, lifecycle, config.strict);
  report(problems.map(({ message }) => message));
  if (wasTaken) {
    logger.warn('porthole() was called before startPorthole(): its caller keeps a noop instance; start Porthole first');
  }
  // A worker thread is the application's: its errors and its end are events of the thread that has started it.
  lifecycle.install(held, { signals: isMainThread, crashes: isMainThread && !parts.isAllOff });

  if (!parts.isAllOff) {
    const warn = (message: string): void => logger.warn(message);
    lateLooks.push(watchLateVariables(settings, warn), watchOldLibraries(warn));
    for (const look of lateLooks) lifecycle.onExit('logs', 'late findings', () => look.close());
  }

  const { describeRequest } = options;
  application = instrumentApplication({ parts, config, metricsExport, finalPhase, describeRequest, lifecycle });

  const onNotListening = (message: string): void => {
    // A part that is closed before it was open has not failed.
    if (!lifecycle.stopping) report([message]);
  };
  if (!isMainThread) return instance;
  const adminPort = outcome<AdminAddress>();
  const controlSocket = outcome<string>();
  if (mode === 'job' || config.adminPort === 'off') adminPort.missed();
  // The watchdog watches without the port, too.
  if (mode !== 'job') {
    const onListening = adminPort.found;
    serveAdminPort({ config, parts, lifecycle, onListening, onNotListening: missed(adminPort.missed) });
  }
  startBeating(config, logger, lifecycle);
  if (config.control) {
    const control = createControlServer({
      directory: config.directory,
      health,
      metrics,
      diagnostics,
      logger,
      log: logger,
    });
    control.listen().then(controlSocket.found, ({ message }: PortholeError) => missed(controlSocket.missed)(message));
    lifecycle.onExit('logs', 'control socket', () => control.close());
  } else controlSocket.missed();
  void reportPlaces({
    adminPort: adminPort.promise,
    controlSocket: controlSocket.promise,
    traces: tracing.exporter === 'own' ? otlpTracesOptions(config) : tracing.exporter,
    metrics: metricsExport,
    log: logger,
    isStopping: () => lifecycle.stopping,
  });
  return instance;

  function missed(settle: () => void): (message: string) => void {
    return (message) => {
      settle();
      onNotListening(message);
    };
  }
}

/** A promise of a value or its absence, and the functions that settle it. */
function outcome<T>(): { promise: Promise<T | undefined>; found: (value: T) => void; missed: () => void } {
  let settle: (value: T | undefined) => void = () => {};
  const promise = new Promise<T | undefined>((resolve) => {
    settle = resolve;
  });
  return { promise, found: settle, missed: () => settle(undefined) };
}

function awaitStartOf({ readyWhen }: StartOptions, parts: Parts, hasMain: boolean): Start {
  if (readyWhen === 'main' && !hasMain) return NO_WAIT;
  return awaitStart({ ...parts, readyWhen });
}

/**
 * Without a folder the control socket has none either, and logs that if there is to be one; one that has its folder has
 * another reason.
 */
function startBeating({ directory, control }: Config, logger: Logger, lifecycle: Lifecycle): void {
  try {
    const heartbeat = startHeartbeat({ directory });
    lifecycle.onExit('logs', 'heartbeat', () => heartbeat.close());
  } catch (error) {
    const hasFolder = typeof createControlDirectory(directory) === 'string';
    if (!control || hasFolder) logger.warn(messageOf(error));
  }
}

/**
 * One error line and one count a problem; under `PORTHOLE_STRICT` they also end the process, after all of them are
 * logged.
 */
function createProblemReport(
  logger: Logger,
  lifecycle: Lifecycle,
  strict: boolean,
): (messages: readonly string[]) => void {
  return (messages) => {
    for (const message of messages) {
      reportInternalError('config', message);
      logger.error(message);
    }
    if (!strict || messages.length === 0) return;
    logger.fatal(`PORTHOLE_STRICT is on: the service is not started and exits with ${EXIT_CONFIG}`);
    lifecycle.exit(EXIT_CONFIG);
  };
}
