/** What Porthole does for itself: an export must make no spans, or each would make the next one necessary. */
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { runOutsideScope } from '@porthole/core/internal';

/** As `suppressTracing` of `@opentelemetry/core`; the API makes its keys with `Symbol.for`. */
const UNRECORDED = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);

/** Runs `fn` with no work active, and so that no instrumentation of OpenTelemetry records what it does. */
export function runUnrecorded<T>(fn: () => T): T {
  return runOutsideScope(() => context.with(UNRECORDED, fn));
}
