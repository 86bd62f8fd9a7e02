/** The traces of one service: samples and exports the spans of all work records, and of the OpenTelemetry API's. */
import { type Context, trace } from '@opentelemetry/api';
import { aborted, activeContext, isSuppressedIn, VERSION, type WorkRecord } from '@porthole/core/internal';
import { startSdkTracing } from './node-sdk/sdk-tracing.js';
import { fromApiSpanContext } from './otel-api/api-span-context.js';
import { createContextManager } from './otel-api/context-manager.js';
import { createPropagator } from './otel-api/propagator.js';
import { createRecordContext } from './otel-api/record-context.js';
import { detailsOf } from './otel-api/record-span.js';
import { registerApi } from './otel-api/register-api.js';
import { secondCopyWarning } from './otel-api/second-copy.js';
import { createTracerProvider } from './otel-api/tracer-provider.js';
import { otherProviderName } from './other-sdk/other-provider.js';
import { createSecondSpanWarning, isSecondSpan, scopeOf } from './other-sdk/server-spans.js';
import { createStepBackTracing } from './other-sdk/step-back.js';
import { takeIdentity } from './other-sdk/take-identity.js';
import { createOtlpClient } from './otlp/otlp-client.js';
import { createOtlpExporter } from './otlp/otlp-exporter.js';
import { createOutageLog } from './otlp/outage-log.js';
import { type ResolvedTracingOptions, resolveTracingOptions, type TracingOptions } from './resolve-tracing-options.js';
import { createDropLog, type DropLog } from './span/drop-log.js';
import { exposePipelineMetrics } from './span/pipeline-metrics.js';
import { reportLoss } from './span/report-loss.js';
import { createSampler } from './span/sampler.js';
import { createSpanClock, type SpanClock } from './span/span-clock.js';
import { createSpanEncoder } from './span/span-encoder.js';
import { createSpanPipeline, type SpanPipeline } from './span/span-pipeline.js';
import { createSpanQueue, type InstrumentationScope } from './span/span-queue.js';
import { createStartedSpans } from './span/started-spans.js';
import { createTailKeep, KEPT_ATTRIBUTE } from './span/tail-sampling.js';
import type { Tracing } from './tracing-service.js';

/**
 * Below the 3 s that a shutdown has for its telemetry: a receiver that is gone must not make the end an enforced one.
 */
const CLOSE_TIMEOUT_MS = 2500;

/** The instrumentation scope of the spans that Porthole's own records make. */
const PORTHOLE: InstrumentationScope = { name: 'porthole', version: VERSION };

/**
 * Starts the export; sampling begins with the observer, and the OpenTelemetry API is served after `register`.
 *
 * @throws PortholeError `PORTHOLE_TRACING_OPTIONS` if an option cannot be used.
 */
export function createTracing(input: TracingOptions): Tracing {
  const options = resolveTracingOptions(input);
  const { nodeSdk } = options;
  const providerName = otherProviderName();
  if (providerName !== undefined)
    return createStepBackTracing({ ...options, providerName, closeTimeoutMs: CLOSE_TIMEOUT_MS });
  if (nodeSdk === undefined) return createLeanTracing(options);
  const bySdk = startSdkTracing({ ...options, nodeSdk, outerContextOf, closeTimeoutMs: CLOSE_TIMEOUT_MS });
  return bySdk ?? createLeanTracing(options);
}

/** Spans are Porthole's own, and so is their export. */
function createLeanTracing(options: ResolvedTracingOptions): Tracing {
  const sampler = createSampler(options.sampler, options.samplerRatio);
  const clock = createSpanClock();
  const { endpoint } = options;
  const { pipeline, dropLog } = endpoint === undefined ? {} : startExport(options, endpoint, clock);
  const tailKeep = createTailKeep(options);
  const started = createStartedSpans();
  exposePipelineMetrics(options.instruments, started, pipeline && (() => pipeline.account));

  const sample = (record: WorkRecord): void => {
    const sampled = sampler(record);
    record.sampled = sampled;
    started.add(sampled);
  };

  const warnOfSecond = createSecondSpanWarning(options.log, 'it is taken for the span of the record');
  const warnOfOther = createSecondSpanWarning(options.log, "that one is exported, and Porthole's is not");
  /** Requests whose span is that of another SDK, which exports it. */
  const elsewhere = new WeakSet<WorkRecord>();
  let hasElsewhere = false;
  const contextManager = createContextManager({
    clock,
    onOtherSpan: (record, span) => {
      if (!isSecondSpan(span, record) || elsewhere.has(record)) return;
      const other = fromApiSpanContext(span.spanContext());
      if (other === undefined) return;
      warnOfOther(scopeOf(span));
      elsewhere.add(record);
      hasElsewhere = true;
      if (record.recorded) started.takeBack(record.sampled);
      takeIdentity(record, other);
    },
  });
  const tracerProvider = createTracerProvider({
    onSecondSpan: warnOfSecond,
    contextManager,
    clock,
    onStart: sample,
    onEnd: (record, scope, details) => {
      if (record.sampled) pipeline?.add(record, scope, details);
    },
  });
  let unregister = (): void => {};
  let registered = false;

  return {
    observer: {
      component: 'tracing',
      start: (record) => {
        const outer = outerContextOf(record);
        if (outer !== undefined && isSuppressedIn(outer)) record.sampled = false;
        else sample(record);
        if (outer !== undefined) record.otelContext = createRecordContext(record, { clock }, outer);
      },
      forget: (record, sampled) => {
        if (sampled || !isSuppressedIn(record.otelContext)) started.takeBack(sampled);
      },
      end: (record) => {
        if (hasElsewhere && elsewhere.has(record)) return;
        if (record.sampled) {
          pipeline?.add(record, PORTHOLE, apiDetailsOf(record));
        } else if (tailKeep !== undefined && pipeline !== undefined) {
          const reason = tailKeep(record);
          if (reason === undefined || isSuppressedIn(record.otelContext)) return;
          // So that exported spans are among the sampled ones.
          started.add(true);
          record.setAttribute(KEPT_ATTRIBUTE, reason);
          pipeline.add(record, PORTHOLE, apiDetailsOf(record));
        }
      },
    },
    tracer: tracerProvider.getTracer(options.serviceName),
    exporter: pipeline === undefined ? 'none' : 'own',
    register: () => {
      if (registered) return;
      registered = true;
      unregister = registerApi({ tracerProvider, contextManager, propagator: createPropagator() });
      const warning = secondCopyWarning();
      if (warning !== '') options.log.warn({}, warning);
    },
    get ended() {
      return pipeline?.account.ended ?? 0;
    },
    skipBackoff: () => pipeline?.skipBackoff(),
    reportLoss: () => {
      if (pipeline !== undefined) reportLoss(options.log, started.created, pipeline.account);
    },
    flush: async (timeoutMs) => pipeline?.flush(timeoutMs),
    close: async (signal) => {
      await Promise.race([pipeline?.close(CLOSE_TIMEOUT_MS), aborted(signal)]);
      dropLog?.close();
      unregister();
    },
  };
}

interface Export {
  readonly pipeline: SpanPipeline;
  readonly dropLog: DropLog;
}

function startExport(options: ResolvedTracingOptions, endpoint: string, clock: SpanClock): Export {
  const { resource, maxQueuedBytes, exportTimeoutMs, log } = options;
  const dropLog = createDropLog({ log, endpoint });
  const queue = createSpanQueue({ resource, encode: createSpanEncoder(clock), maxBytes: maxQueuedBytes });
  const client = createOtlpClient({ ...options, endpoint, signal: 'traces' });
  const exporter = createOtlpExporter({ client, exportTimeoutMs });
  const onOutcome = createOutageLog(log, endpoint, 'spans');
  const pipeline = createSpanPipeline({ ...options, queue, exporter, clock, onQueueFull: dropLog.dropped, onOutcome });
  return { pipeline, dropLog };
}

/** Work inside an OpenTelemetry context has the values of that context; a request that comes in is inside none. */
function outerContextOf(record: WorkRecord): Context | undefined {
  return record.kind === 'server' ? undefined : (activeContext()?.otelContext as Context | undefined);
}

/** Only after a read of its context can a span have details from the API. */
function apiDetailsOf(record: WorkRecord): ReturnType<typeof detailsOf> {
  if (record.otelContext === undefined) return undefined;
  return detailsOf(trace.getSpan(record.otelContext as Context));
}
