/** The OpenTelemetry API's context over core's: one storage serves both, so that both always agree. */
import { type Context, type ContextManager, propagation, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import {
  type ActiveContext,
  activeContext,
  activeRecord,
  NO_WORK,
  RANDOM,
  reportInternalError,
  runInContext,
  type WorkRecord,
} from '@porthole/core/internal';
import { formatBaggage } from './baggage-list.js';
import { createRecordContext } from './record-context.js';
import { joinActiveRecord, type RecordSpanOptions, recordOf, spanContextOf } from './record-span.js';

export interface ContextManagerOptions extends RecordSpanOptions {
  /** Called when a span that is not Porthole's is made the active one inside the work of `record`. */
  readonly onOtherSpan?: (record: WorkRecord, span: Span) => void;
}

/** A context manager. `bind` binds functions; anything else, event emitters too, comes back as it is. */
export function createContextManager(options: ContextManagerOptions): ContextManager {
  const manager: ContextManager = {
    active: () => {
      const scope = activeContext();
      if (scope === undefined) return ROOT_CONTEXT;
      scope.otelContext ??= scope.record === undefined ? ROOT_CONTEXT : createRecordContext(scope.record, options);
      return scope.otelContext as Context;
    },
    with: (context, fn, thisArg, ...args) => {
      return runInContext(scopeOf(context, options), () => Reflect.apply(fn, thisArg, args) as ReturnType<typeof fn>);
    },
    bind: (context, target) => {
      if (typeof target !== 'function') return target;
      const bound = function (this: unknown, ...args: unknown[]): unknown {
        return manager.with(context, () => Reflect.apply(target, this, args));
      };
      guarded(() => Object.defineProperty(bound, 'length', { configurable: true, value: target.length }));
      return bound as typeof target;
    },
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

/** An invalid context leaves the active one. */
function scopeOf(context: Context, { onOtherSpan }: ContextManagerOptions): ActiveContext {
  return guarded(() => new ApiScope(context, onOtherSpan)) ?? activeContext() ?? NO_WORK;
}

/** The result of `read`; `undefined` if it throws, which is counted: contexts and their spans may be anybody's. */
function guarded<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    reportInternalError('tracing', error);
    return undefined;
  }
}

/**
 * Code in it runs for the record it ran for before, unless `otelContext` has the span of another; its children are
 * those of the context.
 */
class ApiScope implements ActiveContext {
  readonly otelContext: Context;
  readonly record: WorkRecord | undefined;

  constructor(context: Context, onOtherSpan: ContextManagerOptions['onOtherSpan']) {
    this.otelContext = context;
    const span = trace.getSpan(context);
    const own = recordOf(span);
    this.record = own ?? activeRecord();
    if (own === undefined && span !== undefined && this.record !== undefined) onOtherSpan?.(this.record, span);
  }

  get parent(): SpanContext | undefined {
    const span = joinActiveRecord(
      guarded(() => spanContextOf(this.otelContext)),
      this.record,
    );
    // The API has no word for it: whether the trace's id is random is known of the trace.
    if (span === undefined || span === this.record || span.isRemote || span.traceId3 !== this.record?.traceId3)
      return span;
    return (this.record.traceFlags & RANDOM) === 0 ? span : withFlag(span, RANDOM);
  }

  get baggage(): string | undefined {
    return guarded(() => {
      const baggage = propagation.getBaggage(this.otelContext);
      return baggage && formatBaggage(baggage);
    });
  }
}

function withFlag(span: SpanContext, flag: number): SpanContext {
  return (span.traceFlags & flag) !== 0 ? span : { ...span, traceFlags: span.traceFlags | flag };
}
