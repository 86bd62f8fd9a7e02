/** For Porthole's own packages; not under semantic versioning. */
export type { OtlpAnswer, OtlpClient, OtlpClientOptions, OtlpSignal } from './otlp-client.js';
export { createOtlpClient } from './otlp-client.js';
export type { ExportOutcome, OtlpExporter, OtlpExporterOptions, OtlpRequest } from './otlp-exporter.js';
export { createOtlpExporter } from './otlp-exporter.js';
