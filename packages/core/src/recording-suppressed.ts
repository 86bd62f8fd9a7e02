/** How code of the OpenTelemetry family asks for its own work, an export above all, not to be recorded. */
import { activeScope } from './context.js';

/** The key of `suppressTracing` of `@opentelemetry/core`; the API makes its keys with `Symbol.for`. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Whether the calling code runs in an OpenTelemetry context in which nothing is to be recorded or passed on. */
export function isRecordingSuppressed(): boolean {
  const scope = activeScope();
  // Most scopes are a record, which has no context beside it.
  if (scope === undefined || scope === scope.record) return false;
  const context = scope.otelContext as { getValue?(key: symbol): unknown } | undefined;
  return context?.getValue?.(SUPPRESS_TRACING) === true;
}
