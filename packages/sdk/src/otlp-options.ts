/**
 * The receivers of telemetry and the protocols, from the configuration
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
 */
import { readFileSync } from 'node:fs';
import type { Config } from '@porthole/core';
import type { OtlpOptions } from '@porthole/tracing';

/**
 * How traces are exported; `undefined` if they are not: without an endpoint there is no exporter, unless one is asked
 * for.
 */
export function otlpTracesOptions(config: Config): OtlpOptions | undefined {
  if (config.sdkDisabled || config.tracesExporter === 'none') return undefined;
  return otlpOptions(config, 'Traces', config.tracesExporter === 'otlp');
}

/**
 * How metrics are exported; `undefined` if they are not. A service has its metrics scraped, unless it asks for an
 * export.
 */
export function otlpMetricsOptions(config: Config, mode: 'service' | 'job'): OtlpOptions | undefined {
  if (config.sdkDisabled || config.disabled.includes('metrics')) return undefined;
  const isAsked = config.metricsExporter === 'otlp';
  if (!isAsked && !(config.metricsExporter === 'auto' && mode === 'job')) return undefined;
  return otlpOptions(config, 'Metrics', isAsked);
}

/** In the configuration 0 stands for the pipeline's own default. */
export function orNoLimit(value: number): number {
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}

function otlpOptions(config: Config, signal: 'Traces' | 'Metrics', isAsked: boolean): OtlpOptions | undefined {
  const endpoint = endpointOf(config, signal, isAsked);
  if (endpoint === undefined) return undefined;
  return {
    endpoint,
    protocol: config[`otlp${signal}Protocol`],
    headers: config[`otlp${signal}Headers`],
    compression: config[`otlp${signal}Compression`],
    certificates: {
      ca: contentOf(config[`otlp${signal}CertificateFile`]),
      cert: contentOf(config[`otlp${signal}ClientCertificateFile`]),
      key: contentOf(config[`otlp${signal}ClientKeyFile`]),
    },
    timeoutMs: config[`otlp${signal}TimeoutMs`],
  };
}

/** The receivers that the specification has as its defaults; used only if an exporter is configured. */
const DEFAULT_HTTP_ENDPOINT = 'http://localhost:4318';
const DEFAULT_GRPC_ENDPOINT = 'http://localhost:4317';

function endpointOf(config: Config, signal: 'Traces' | 'Metrics', isAsked: boolean): string | undefined {
  const own = config[`otlp${signal}Endpoint`];
  if (own !== '') return own;
  const grpc = config[`otlp${signal}Protocol`] === 'grpc';
  const asked = isAsked ? (grpc ? DEFAULT_GRPC_ENDPOINT : DEFAULT_HTTP_ENDPOINT) : '';
  const base = config.otlpEndpoint === '' ? asked : config.otlpEndpoint;
  if (base === '') return undefined;
  return grpc ? base : withPath(base, `/v1/${signal.toLowerCase()}`);
}

/** A query of the base, which some receivers have their key in, stays at the end. */
function withPath(base: string, path: string): string {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url.href;
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
