/**
 * Tracing if another OpenTelemetry SDK was registered first (`--require`, `--import`, the Kubernetes operator's
 * `NODE_OPTIONS`): its instrumentations make a span of each request already, in a context that Porthole cannot be the
 * parent of. So the spans are that SDK's. Records have the ids of the span that they run in, for log lines and for
 * propagation; lines, routes and metrics are Porthole's.
 */
import { context, trace } from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import {
  aborted,
  atMost,
  isSuppressedIn,
  messageOf,
  reportInternalError,
  useOtherTracing,
} from '@porthole/core/internal';
import { spanContextOf } from '../otel-api/record-span.js';
import type { ResolvedTracingOptions } from '../resolve-tracing-options.js';
import type { Tracing } from '../tracing-service.js';
import { forceFlush } from './other-provider.js';
import { takeIdentity } from './take-identity.js';

export interface StepBackOptions extends Pick<ResolvedTracingOptions, 'log' | 'serviceName' | 'nodeSdk'> {
  /** The name of the other SDK's class. */
  readonly providerName: string;
  /** How long `close` may take, in milliseconds. */
  readonly closeTimeoutMs: number;
}

/** Makes no spans. After `register`, log lines and calls are inside the other SDK's. */
export function createStepBackTracing(options: StepBackOptions): Tracing {
  const { log, serviceName, nodeSdk, providerName, closeTimeoutMs } = options;
  let unregister = (): void => {};
  const flush = (timeoutMs: number): Promise<void> => atMost(timeoutMs, flushOther());

  return {
    observer: {
      component: 'tracing',
      start: (record) => {
        // A request has no span yet: see `joinActiveSpan`.
        const span = activeSpan();
        if (span !== undefined && record.kind !== 'server') takeIdentity(record, span);
      },
      end: () => {},
    },
    tracer: trace.getTracer(serviceName),
    exporter: 'other',
    ended: 0,
    joinActiveSpan: (record) => {
      const span = activeSpan();
      if (span !== undefined && record.recorded) takeIdentity(record, span);
    },
    register: () => {
      unregister = useOtherTracing({ activeSpan, isSuppressed });
      log.warn(
        {},
        `another OpenTelemetry SDK (${providerName}) was registered before Porthole: its spans are the ones that are exported, and log lines ` +
          `have their ids; Porthole exports none${nodeSdk === undefined ? '' : ', and nodeSdk is not used'}. To have Porthole's, start no other SDK ` +
          '(--require, --import, NODE_OPTIONS), or give it to startPorthole as nodeSdk',
      );
    },
    skipBackoff: () => {},
    reportLoss: () => {},
    flush,
    close: async (signal) => {
      await Promise.race([flush(closeTimeoutMs), aborted(signal)]);
      unregister();
    },
  };
}

/** Never throws: a call that it fails would not be recorded. */
function isSuppressed(): boolean {
  try {
    return isSuppressedIn(context.active());
  } catch (error) {
    reportInternalError('tracing', error);
    return false;
  }
}

/** Never throws: it is asked for by every log line. */
function activeSpan(): SpanContext | undefined {
  try {
    return spanContextOf(context.active());
  } catch (error) {
    reportInternalError('tracing', error);
    return undefined;
  }
}

/**
 * Ended spans are exported before the process ends; the owner of that SDK may not have thought of that. Never rejects.
 */
async function flushOther(): Promise<void> {
  try {
    await forceFlush();
  } catch (error) {
    reportInternalError('tracing', messageOf(error));
  }
}
