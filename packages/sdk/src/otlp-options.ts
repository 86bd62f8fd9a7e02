/** Where telemetry is sent and how, from the configuration (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). */
import { readFileSync } from 'node:fs';
import type { Config } from '@porthole/core';
import type { TracingOptions } from '@porthole/tracing';

type OtlpOptions = Pick<
  TracingOptions,
  'endpoint' | 'protocol' | 'headers' | 'compression' | 'certificates' | 'timeoutMs' | 'exportTimeoutMs'
>;

/** How traces are exported. Without an endpoint they are not. */
export function otlpTracesOptions(config: Config): OtlpOptions {
  const endpoint = tracesEndpointOf(config);
  if (endpoint === undefined) return {};
  return {
    endpoint,
    protocol: config.otlpProtocol,
    headers: config.otlpHeaders,
    compression: config.otlpCompression,
    certificates: {
      ca: contentOf(config.otlpCertificateFile),
      cert: contentOf(config.otlpClientCertificateFile),
      key: contentOf(config.otlpClientKeyFile),
    },
    timeoutMs: config.otlpTimeoutMs,
    exportTimeoutMs: orNoLimit(config.exportTimeoutMs),
  };
}

/** In the configuration 0 stands for what the pipeline does by itself. */
export function orNoLimit(value: number): number {
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}

/** The receivers that the specification has as its defaults; used only where `OTEL_TRACES_EXPORTER=otlp` asks. */
const DEFAULT_HTTP_ENDPOINT = 'http://localhost:4318';
const DEFAULT_GRPC_ENDPOINT = 'http://localhost:4317';

/** Where traces go, or `undefined` for nowhere: without an endpoint there is no exporter, unless one is asked for. */
function tracesEndpointOf(config: Config): string | undefined {
  if (config.sdkDisabled || config.tracesExporter === 'none') return undefined;
  if (config.otlpTracesEndpoint !== '') return config.otlpTracesEndpoint;
  const grpc = config.otlpProtocol === 'grpc';
  const asked = config.tracesExporter === 'otlp' ? (grpc ? DEFAULT_GRPC_ENDPOINT : DEFAULT_HTTP_ENDPOINT) : '';
  const base = config.otlpEndpoint === '' ? asked : config.otlpEndpoint;
  if (base === '') return undefined;
  return grpc ? base : `${base.replace(/\/+$/, '')}/v1/traces`;
}

/** The configuration has seen that the file can be read; one that is gone since counts as not set. */
function contentOf(file: string): string | undefined {
  if (file === '') return undefined;
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
