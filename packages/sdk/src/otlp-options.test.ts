import { type Environment, resolveConfig } from '@porthole/core/internal';
import { describe, expect, test } from 'vitest';
import { otlpTracesOptions } from './otlp-options.js';

const endpointOf = (environment: Environment): string | undefined =>
  otlpTracesOptions(resolveConfig(environment, {}).config).endpoint;

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
    OTEL_BSP_EXPORT_TIMEOUT: '30000',
  };
  expect(otlpTracesOptions(resolveConfig(environment, {}).config)).toMatchObject({
    protocol: 'http/json',
    endpoint: 'http://c:4318/v1/traces',
    compression: 'gzip',
    exportTimeoutMs: 30_000,
  });
});
