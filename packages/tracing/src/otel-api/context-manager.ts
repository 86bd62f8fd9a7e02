/** The OpenTelemetry API's context over core's: one storage serves both, so that both always agree. */
import { type Context, type ContextManager, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { activeRecord, activeScope, runInScope } from '@porthole/core/internal';
import { createRecordContext } from './record-context.js';
import { type RecordSpanOptions, recordOf } from './record-span.js';

/** A context manager. `bind` binds functions; anything else, event emitters too, comes back as it is. */
export function createContextManager(options: RecordSpanOptions): ContextManager {
  const manager: ContextManager = {
    active: () => {
      const scope = activeScope();
      if (scope === undefined) return ROOT_CONTEXT;
      scope.otelContext ??= scope.record === undefined ? ROOT_CONTEXT : createRecordContext(scope.record, options);
      return scope.otelContext as Context;
    },
    with: (context, fn, thisArg, ...args) => {
      // Work that is started inside belongs to the span of `context`; where that is not ours, to the record that is active.
      const record = recordOf(trace.getSpan(context)) ?? activeRecord();
      return runInScope({ record, otelContext: context }, () =>
        fn.apply(thisArg as ThisParameterType<typeof fn>, args),
      );
    },
    bind: (context, target) => {
      if (typeof target !== 'function') return target;
      const bound = function (this: unknown, ...args: unknown[]): unknown {
        return manager.with(context, () => target.apply(this, args));
      };
      Object.defineProperty(bound, 'length', { configurable: true, value: target.length });
      return bound as typeof target;
    },
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
