/** Tracing by a stock `NodeSDK`: the same records, with spans that are the SDK's. */
import { type Context, context, propagation, trace } from '@opentelemetry/api';
import {
  aborted,
  atMost,
  type Log,
  messageOf,
  reportInternalError,
  VERSION,
  type WorkRecord,
} from '@porthole/core/internal';
import { fromApiSpanContext } from '../otel-api/api-span-context.js';
import { createContextManager } from '../otel-api/context-manager.js';
import { createPropagator } from '../otel-api/propagator.js';
import { forceFlush, hasTracerProvider } from '../other-sdk/other-provider.js';
import { createSecondSpanWarning, isSecondSpan, scopeOf } from '../other-sdk/server-spans.js';
import { takeIdentity } from '../other-sdk/take-identity.js';
import type { ResolvedTracingOptions } from '../resolve-tracing-options.js';
import { createSampler } from '../span/sampler.js';
import { createSpanClock } from '../span/span-clock.js';
import { HURRIED_INTERVAL_MS } from '../span/span-pipeline.js';
import type { Tracing } from '../tracing-service.js';
import type { NodeSdk, NodeSdkFactory } from './node-sdk.js';
import { createSdkResource } from './sdk-resource.js';
import { createSdkSpans } from './sdk-spans.js';
import { createSpanIdentity } from './span-identity.js';

export interface SdkTracingOptions extends ResolvedTracingOptions {
  readonly nodeSdk: NodeSdkFactory;
  /** The context that work is started in. */
  readonly outerContextOf: (record: WorkRecord) => Context | undefined;
  /** For the end of the SDK. */
  readonly closeTimeoutMs: number;
}

/**
 * Makes and starts the SDK. Undefined if it cannot be used, which is logged: then the traces are to be
 * Porthole's own. Never throws.
 */
export function startSdkTracing(options: SdkTracingOptions): Tracing | undefined {
  const { log, serviceName, outerContextOf, closeTimeoutMs } = options;
  const clock = createSpanClock();
  const identity = createSpanIdentity(createSampler(options.sampler, options.samplerRatio));
  const warnOfSecond = createSecondSpanWarning(log, "that one is exported, and the record's is not");
  const contextManager = createContextManager({
    clock,
    onOtherSpan: (record, span) => {
      const other = isSecondSpan(span, record) ? fromApiSpanContext(span.spanContext()) : undefined;
      if (other === undefined) return;
      warnOfSecond(scopeOf(span));
      spans.forget(record);
      takeIdentity(record, other);
    },
  });
  const sdk = startSdk(options.nodeSdk, log, {
    resource: createSdkResource(options.resource),
    autoDetectResources: false,
    sampler: identity.sampler,
    idGenerator: identity.idGenerator,
    contextManager,
    textMapPropagator: createPropagator(),
    metricReaders: [],
    logRecordProcessors: [],
  });
  if (sdk === undefined) return undefined;
  const spans = createSdkSpans({ tracer: trace.getTracer('porthole', VERSION), identity, clock });
  const flush = (timeoutMs: number): Promise<void> =>
    atMost(
      timeoutMs,
      settled(log, 'flushed', () => forceFlush()),
    );
  let ended = 0;
  let hurried: NodeJS.Timeout | undefined;
  let isFlushing = false;
  const flushAgain = async (): Promise<void> => {
    if (isFlushing) return;
    isFlushing = true;
    await flush(closeTimeoutMs);
    isFlushing = false;
  };

  return {
    observer: {
      component: 'tracing',
      start: (record) => spans.start(record, outerContextOf(record)),
      end: (record) => {
        if (record.sampled) ended++;
        spans.end(record);
      },
      forget: (record) => spans.forget(record),
    },
    tracer: trace.getTracer(serviceName),
    exporter: 'other',
    // The SDK has registered itself when it was started.
    register: () => {},
    get ended() {
      return ended;
    },
    skipBackoff: () => {
      hurried ??= setInterval(() => void flushAgain(), HURRIED_INTERVAL_MS).unref();
    },
    // A span processor of the application's choice has no account.
    reportLoss: () => {},
    flush,
    close: async (signal) => {
      clearInterval(hurried);
      await Promise.race([
        atMost(
          closeTimeoutMs,
          settled(log, 'shut down', () => sdk.shutdown()),
        ),
        aborted(signal),
      ]);
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}

/** The SDK, started and registered with the OpenTelemetry API; undefined if any of that fails. */
function startSdk(nodeSdk: NodeSdkFactory, log: Log, defaults: Parameters<NodeSdkFactory>[0]): NodeSdk | undefined {
  let sdk: NodeSdk;
  try {
    sdk = nodeSdk(defaults);
  } catch (error) {
    return refuse(log, `it threw: ${messageOf(error)}`, error);
  }
  if (!isNodeSdk(sdk)) return refuse(log, 'it returned no object with start() and shutdown(), such as a NodeSDK');
  try {
    // Not awaited: a stock SDK starts at once.
    const started = sdk.start();
    void settled(log, 'started', () => started);
  } catch (error) {
    void settled(log, 'shut down', () => sdk.shutdown());
    return refuse(log, `the SDK does not start: ${messageOf(error)}`, error);
  }
  if (hasTracerProvider()) return sdk;
  void settled(log, 'shut down', () => sdk.shutdown());
  return refuse(
    log,
    'the SDK has registered no tracer provider, which it does for span processors and a trace exporter',
  );
}

function refuse(log: Log, reason: string, error: unknown = reason): undefined {
  reportInternalError('tracing', error);
  log.error({}, `nodeSdk cannot be used: ${reason}; the traces are Porthole's own`);
  return undefined;
}

function isNodeSdk(value: unknown): value is NodeSdk {
  if (typeof value !== 'object' || value === null) return false;
  const { start, shutdown } = value as Partial<Record<keyof NodeSdk, unknown>>;
  return typeof start === 'function' && typeof shutdown === 'function';
}

/** Runs a call of the SDK that may throw or reject, and logs the failure. */
async function settled(log: Log, what: string, action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    // A flush rejects with a list of reasons.
    const reason: unknown = Array.isArray(error) ? error[0] : error;
    reportInternalError('tracing', reason);
    log.warn({}, `the NodeSDK cannot be ${what} in order: ${messageOf(reason)}`);
  }
}
