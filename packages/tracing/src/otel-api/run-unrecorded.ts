/** Porthole's own work: an export must make no spans, or each would make the next one necessary. */
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { runOutsideContext, SUPPRESS_TRACING } from '@porthole/core/internal';

const UNRECORDED = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

/** Runs `fn` with no work active, and so that no instrumentation of OpenTelemetry records it. */
export function runUnrecorded<T>(fn: () => T): T {
  return runOutsideContext(() => context.with(UNRECORDED, fn));
}
