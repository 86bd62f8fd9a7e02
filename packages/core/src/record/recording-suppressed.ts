/** How code of the OpenTelemetry family asks for its own work, an export above all, not to be recorded. */
import { activeContext } from './context.js';
import { otherTracing } from './other-tracing.js';

/** The key of `suppressTracing` of `@opentelemetry/core`; the API makes its keys with `Symbol.for`. */
export const SUPPRESS_TRACING: unique symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Whether nothing is to be recorded or passed on in `context`, an OpenTelemetry `Context`. */
export function isSuppressedIn(context: unknown): boolean {
  return (context as { getValue?(key: symbol): unknown } | undefined)?.getValue?.(SUPPRESS_TRACING) === true;
}

/** Whether nothing is to be recorded or passed on in the context that the calling code runs in. */
export function isRecordingSuppressed(): boolean {
  const other = otherTracing();
  if (other !== undefined) return other.isSuppressed();
  const scope = activeContext();
  // Most scopes are a record, which has no context beside it.
  return scope !== undefined && scope !== scope.record && isSuppressedIn(scope.otelContext);
}
