export type { Tracer } from '@opentelemetry/api';
export type { NodeSdk, NodeSdkDefaults, NodeSdkFactory } from './node-sdk/node-sdk.js';
export type { MetricsExporter, MetricsExporterOptions } from './otlp/metrics-exporter.js';
export { createMetricsExporter } from './otlp/metrics-exporter.js';
export type { OtlpCertificates, OtlpOptions } from './otlp/otlp-transport.js';
export type { TracingOptions } from './resolve-tracing-options.js';
export { createTracing } from './tracing.js';
export type { Tracing } from './tracing-service.js';
