/** How exporters and instrumentations of the OpenTelemetry family ask for their own work not to be traced. */
import { type Context, createContextKey } from '@opentelemetry/api';

/** The key that `@opentelemetry/core` uses; keys of one name are the same. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Whether nothing is to be traced in `context`. */
export function isTracingSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESS_TRACING) === true;
}
