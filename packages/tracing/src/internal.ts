export { createOtlpClient } from './otlp/otlp-client.js';
export type { ExportOutcome, OtlpExporter, OtlpExporterOptions, OtlpRequest } from './otlp/otlp-exporter.js';
export { createOtlpExporter } from './otlp/otlp-exporter.js';
export type { OtlpAnswer, OtlpClient, OtlpClientOptions, OtlpSignal } from './otlp/otlp-transport.js';
