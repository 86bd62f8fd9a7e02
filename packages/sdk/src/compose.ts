/** The parts that every instance has, wired through core's ports. Nothing here opens a port or touches a signal. */
import { isatty, WriteStream } from 'node:tty';
import { type Config, type Switch, withRecord } from '@porthole/core';
import { processEnvironment, type Resource, resourceOf, SWITCHES, WorkRecord } from '@porthole/core/internal';
import { createHealth, type Health } from '@porthole/health';
import {
  createDropNotice,
  createLineSink,
  createLogger,
  createPlainLogger,
  createStdoutSink,
  type LineSink,
  type Logger,
} from '@porthole/logger';
import { createMetrics, createNoopMetrics, type ServiceMetrics } from '@porthole/metrics';
import { createTracing, type NodeSdkFactory, type Tracing, type TracingOptions } from '@porthole/tracing';
import { orNoLimit, otlpTracesOptions } from './otlp-options.js';

/** How log lines look. */
export interface LineStyle {
  readonly serviceName: string;
  readonly format: 'json' | 'pretty';
  readonly colour: boolean;
}

export interface Parts {
  readonly resource: Resource;
  readonly lineStyle: LineStyle;
  readonly sink: LineSink;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly health: Health;
  readonly tracing: Tracing;
  readonly withRecord: typeof withRecord;
  /** Whether the kill switch restores the process as without Porthole. */
  readonly isAllOff: boolean;
}

export interface ComposeOptions {
  readonly noop: boolean;
  /** Makes a stock `NodeSDK` for the traces. @defaultValue none */
  readonly nodeSdk?: NodeSdkFactory | undefined;
}

/**
 * Creates the parts. A noop instance writes each line at once and samples and exports nothing: it sets no timer,
 * because no shutdown ends it.
 */
export function composeParts(config: Config, { noop, nodeSdk }: ComposeOptions): Parts {
  const resource = resourceOf(config);
  const lineStyle = lineStyleOf(config);
  const isOff = (name: Switch): boolean => config.disabled.includes(name);
  // The logger counts its lines by the metrics, hence is made after them.
  const onMistake = (message: string): void => logger.error(message);
  const onDuplicate = (message: string): void => logger.warn(message);
  const metrics = isOff('metrics')
    ? createNoopMetrics(onDuplicate)
    : createMetrics({ resource, sampleRuntime: !noop, onMistake, onDuplicate });
  const sink = noop ? createStdoutSink() : createLineSink({ describeDropped: createDropNotice(lineStyle) });
  const isAllOff = SWITCHES.every(isOff);
  const makeLogger = isOff('logs') ? createPlainLogger : createLogger;
  const logger = makeLogger({
    ...lineStyle,
    level: config.logLevel,
    sink,
    ...(isAllOff ? undefined : { instruments: metrics.own }),
  });
  const health = createHealth({ log: logger, instruments: metrics.own });
  const isTraced = !config.sdkDisabled && !isOff('traces');
  const tracing = createTracing({
    ...tracingOptionsOf(config, resource, isTraced),
    ...(isTraced && !noop ? otlpTracesOptions(config) : {}),
    // An SDK reads OTEL_SDK_DISABLED, too, and would register nothing.
    nodeSdk: isTraced ? nodeSdk : undefined,
    instruments: metrics.own,
    log: logger,
  });
  return {
    resource,
    lineStyle,
    sink,
    logger,
    metrics,
    health,
    tracing,
    withRecord: isAllOff ? withoutContext : withRecord,
    isAllOff,
  };
}

/** `withRecord` without observers, and checks no more of its description. */
const withoutContext: typeof withRecord = (work, fn) =>
  fn(new WorkRecord(work?.kind ?? 'internal', work?.name ?? '', undefined));

const STDOUT = 1;

function lineStyleOf({ serviceName, logFormat }: Config): LineStyle {
  const onTerminal = isatty(STDOUT);
  const format = logFormat === 'auto' ? (onTerminal ? 'pretty' : 'json') : logFormat;
  return { serviceName, format, colour: format === 'pretty' && isColoured(onTerminal) };
}

/** As Node.js decides it for its own output: by `FORCE_COLOR`, `NO_COLOR`, `NODE_DISABLE_COLORS` and `TERM`. */
function isColoured(onTerminal: boolean): boolean {
  const isAsked = processEnvironment().FORCE_COLOR !== undefined;
  return (onTerminal || isAsked) && WriteStream.prototype.hasColors();
}

function tracingOptionsOf(config: Config, resource: Resource, isTraced: boolean): TracingOptions {
  return {
    resource,
    serviceName: config.serviceName,
    sampler: isTraced ? config.sampler : 'always_off',
    samplerRatio: config.samplerRatio,
    keepErrors: config.traceKeepErrors,
    keepSlowerThanMs: orNoLimit(config.traceKeepSlowerThanMs),
    exportIntervalMs: config.exportIntervalMs,
    exportTimeoutMs: orNoLimit(config.exportTimeoutMs),
    maxQueuedSpans: orNoLimit(config.maxQueuedSpans),
    maxExportSpans: orNoLimit(config.maxExportSpans),
  };
}
