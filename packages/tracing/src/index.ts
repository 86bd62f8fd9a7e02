export type { Tracer } from '@opentelemetry/api';
export type { TracingOptions } from './resolve-tracing-options.js';
export type { Tracing } from './tracing.js';
export { createTracing } from './tracing.js';
