/**
 * The settings of OTLP exporters (https://opentelemetry.io/docs/specs/otel/protocol/exporter/): the same for each
 * signal.
 */
import { OTLP_PROTOCOLS, type OtlpConfig } from './config.js';
import { durationMs, headerPairs, httpUrl, oneOf, pemFile } from './parse-value.js';
import type { Variables } from './resolve-settings.js';

/** Each is the signal's own variable, or else that of all signals. */
export function otlpVariables<Signal extends 'Traces' | 'Metrics'>(
  signal: Signal,
): Variables<keyof OtlpConfig<Signal>> {
  const names = (name: string): readonly string[] => [
    `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`,
    `OTEL_EXPORTER_OTLP_${name}`,
  ];
  const variables = {
    // The URL of all signals is another setting, since a path is appended to it.
    [`otlp${signal}Endpoint`]: { names: names('ENDPOINT').slice(0, 1), type: httpUrl, defaultValue: '' },
    [`otlp${signal}Headers`]: { names: names('HEADERS'), type: headerPairs, defaultValue: {}, secret: true },
    [`otlp${signal}Protocol`]: {
      names: names('PROTOCOL'),
      type: oneOf(...OTLP_PROTOCOLS),
      defaultValue: 'http/protobuf',
    },
    [`otlp${signal}Compression`]: { names: names('COMPRESSION'), type: oneOf('none', 'gzip'), defaultValue: 'none' },
    [`otlp${signal}CertificateFile`]: { names: names('CERTIFICATE'), type: pemFile, defaultValue: '' },
    [`otlp${signal}ClientCertificateFile`]: { names: names('CLIENT_CERTIFICATE'), type: pemFile, defaultValue: '' },
    [`otlp${signal}ClientKeyFile`]: { names: names('CLIENT_KEY'), type: pemFile, defaultValue: '' },
    [`otlp${signal}TimeoutMs`]: { names: names('TIMEOUT'), type: durationMs(1, 600_000), defaultValue: 10_000 },
  };
  // Computed keys are not keys to the type checker.
  return variables as unknown as Variables<keyof OtlpConfig<Signal>>;
}
