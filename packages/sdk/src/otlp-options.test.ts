import { type Environment, resolveConfig } from '@porthole/core/internal';
import { describe, expect, test } from 'vitest';
import { otlpMetricsOptions, otlpTracesOptions } from './otlp-options.js';

const endpointOf = (environment: Environment): string | undefined =>
  otlpTracesOptions(resolveConfig(environment, {}).config)?.endpoint;

describe('the endpoint for traces', () => {
  test('is none unless one is set or asked for', () => {
    expect(endpointOf({})).toBeUndefined();
    expect(endpointOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toBeUndefined();
    expect(endpointOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
    expect(endpointOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  });

  test.each([
    ['http/protobuf', 'http://localhost:4318/v1/traces'],
    ['http/json', 'http://localhost:4318/v1/traces'],
    ['grpc', 'http://localhost:4317'],
  ])('for %s is by default %s', (protocol, endpoint) => {
    expect(endpointOf({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: protocol })).toBe(endpoint);
  });

  test('is the base with the path of the signal for HTTP, and as it is for gRPC', () => {
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c:4318/otel/' };
    expect(endpointOf(base)).toBe('https://c:4318/otel/v1/traces');
    expect(endpointOf({ ...base, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toBe('https://c:4318/otel/');
    const withQuery = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otel?key=a/b' };
    expect(endpointOf(withQuery)).toBe('https://c/otel/v1/traces?key=a/b');
  });

  test('is used as it is where it is for traces', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:1/x', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:2' };
    expect(endpointOf(endpoint)).toBe('http://t:1/x');
    expect(endpointOf({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' })).toBe('http://t:1/x');
  });
});

test('the protocol for traces wins over the one for all signals', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  };
  expect(otlpTracesOptions(resolveConfig(environment, {}).config)).toMatchObject({
    protocol: 'http/json',
    endpoint: 'http://c:4318/v1/traces',
    compression: 'gzip',
  });
});

describe('the endpoint for metrics', () => {
  const metricsEndpoint = (environment: Environment, mode: 'service' | 'job' = 'job'): string | undefined =>
    otlpMetricsOptions(resolveConfig(environment, {}).config, mode)?.endpoint;
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };

  test('is that of a job by itself, and that of a service only where it is asked for', () => {
    expect(metricsEndpoint(base)).toBe('http://c:4318/v1/metrics');
    expect(metricsEndpoint(base, 'service')).toBeUndefined();
    expect(metricsEndpoint({ ...base, OTEL_METRICS_EXPORTER: 'otlp' }, 'service')).toBe('http://c:4318/v1/metrics');
    expect(metricsEndpoint({ OTEL_METRICS_EXPORTER: 'otlp' }, 'service')).toBe('http://localhost:4318/v1/metrics');
    expect(metricsEndpoint({})).toBeUndefined();
  });

  test.each([
    ['OTEL_METRICS_EXPORTER', 'none'],
    ['OTEL_METRICS_EXPORTER', 'prometheus'],
    ['OTEL_SDK_DISABLED', 'true'],
    ['PORTHOLE_DISABLED', 'metrics'],
  ])('is none with %s=%s', (name, value) => {
    expect(metricsEndpoint({ ...base, [name]: value })).toBeUndefined();
  });

  test('has nothing of what is said of traces', () => {
    const environment = {
      ...base,
      OTEL_EXPORTER_OTLP_HEADERS: 'for=all',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'key=traces',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:1',
    };
    expect(otlpMetricsOptions(resolveConfig(environment, {}).config, 'job')).toMatchObject({
      endpoint: 'http://c:4318/v1/metrics',
      headers: { for: 'all' },
      protocol: 'http/protobuf',
    });
  });
});
