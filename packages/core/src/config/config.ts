/** The effective configuration of one service: each setting and its default. */

/** Log levels from the least to the most severe. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The levels that a logger can be set to: the least severe level that is written, or `silent` for no lines (pino's
 * name).
 */
export const LOG_THRESHOLDS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogThreshold = (typeof LOG_THRESHOLDS)[number];

/** The samplers that the OpenTelemetry specification names for `OTEL_TRACES_SAMPLER`. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

/** The protocols that the OpenTelemetry specification names for `OTEL_EXPORTER_OTLP_PROTOCOL`. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;

export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** The formats that the OpenTelemetry specification names for `OTEL_PROPAGATORS`, beside `none`. */
export const PROPAGATORS = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray', 'ottrace'] as const;

export type PropagatorName = (typeof PROPAGATORS)[number];

/** The parts that `PORTHOLE_DISABLED` can switch off. */
export const SWITCHES = ['http', 'traces', 'metrics', 'logs'] as const;

/** `http`: requests that come in and go out; `logs`: all but plain lines. */
export type Switch = (typeof SWITCHES)[number];

/** How one signal is exported. */
interface OtlpSettings {
  /** The signal's URL, used as it is. @defaultValue empty: made from `otlpEndpoint` */
  readonly Endpoint: string;
  /** @defaultValue none */
  readonly Headers: Readonly<Record<string, string>>;
  /** @defaultValue `'http/protobuf'` */
  readonly Protocol: OtlpProtocol;
  /** @defaultValue `'none'` */
  readonly Compression: 'none' | 'gzip';
  /**
   * PEM file of the authorities that the receiver is checked against. @defaultValue empty: those that Node.js trusts
   */
  readonly CertificateFile: string;
  /** PEM files of the client's certificate and key. @defaultValue empty: nothing */
  readonly ClientCertificateFile: string;
  readonly ClientKeyFile: string;
  /** For one export, retries excluded. @defaultValue 10000 */
  readonly TimeoutMs: number;
}

/** The same with the signal in the names: `otlpTracesHeaders`. */
export type OtlpConfig<Signal extends string> = {
  readonly [Name in keyof OtlpSettings as `otlp${Signal}${Name}`]: OtlpSettings[Name];
};

/** Every setting, resolved. */
export interface Config extends OtlpConfig<'Traces'>, OtlpConfig<'Metrics'> {
  /** Attributes of the service's resource from `OTEL_RESOURCE_ATTRIBUTES`. @defaultValue none */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** @defaultValue `'unknown_service:node'` */
  readonly serviceName: string;
  /** @defaultValue empty: unknown */
  readonly serviceVersion: string;
  /** The deployment environment (`production`). @defaultValue empty: unknown */
  readonly environment: string;

  /** @defaultValue `'info'` */
  readonly logLevel: LogThreshold;
  /** `auto` is `pretty` on a terminal, else `json`. @defaultValue `'auto'` */
  readonly logFormat: 'auto' | 'json' | 'pretty';

  /** TCP port of the admin server, 0 for any free one. @defaultValue 9464 */
  readonly adminPort: number | 'off';
  /** Address of the admin server; empty for all addresses of both families. @defaultValue `''` */
  readonly adminHost: string;
  /**
   * The parent of the control socket's directory. @defaultValue empty: the first usable of the temp dir and `/dev/shm`
   */
  readonly directory: string;
  /** Whether the control socket is opened. @defaultValue true */
  readonly control: boolean;

  /**
   * Whether a thread watches the event loop, reports the blocking code, and answers probes meanwhile. @defaultValue
   * false
   */
  readonly watchdog: boolean;

  /** From the first signal to the end of the process, the delay included. @defaultValue 9000 */
  readonly shutdownDeadlineMs: number;
  /** How long readiness is 503 while requests are still served. @defaultValue 0 */
  readonly shutdownDelayMs: number;

  /** `OTEL_SDK_DISABLED`: no traces. @defaultValue false */
  readonly sdkDisabled: boolean;
  /** `auto` exports if an endpoint is set. @defaultValue `'auto'` */
  readonly tracesExporter: 'auto' | 'otlp' | 'none';
  /** Base URL of the OTLP receiver; over HTTP `/v1/traces` or `/v1/metrics` is appended. @defaultValue empty: none */
  readonly otlpEndpoint: string;
  /** How often ended spans are exported. @defaultValue 1000 */
  readonly exportIntervalMs: number;
  /** For one export with its retries. @defaultValue 0: as long as the retries take */
  readonly exportTimeoutMs: number;
  /** Spans that may wait for their export or be in it. @defaultValue 0: as many as the queue's bytes hold */
  readonly maxQueuedSpans: number;
  /** Spans of one export. @defaultValue 0: as many as its bytes hold */
  readonly maxExportSpans: number;
  /**
   * `auto` exports the metrics of a job if an endpoint is set; `prometheus` leaves them to the scrape. @defaultValue
   * `'auto'`
   */
  readonly metricsExporter: 'auto' | 'otlp' | 'prometheus' | 'none';
  /** How often `otlp` exports the metrics of a process that goes on. @defaultValue 60000 */
  readonly metricExportIntervalMs: number;
  /** @defaultValue `'parentbased_always_on'` */
  readonly sampler: SamplerName;
  /** The probability of the ratio samplers, 0 to 1. @defaultValue 1 */
  readonly samplerRatio: number;

  /** Whether the spans of failed requests are exported although the sampler has left them out. @defaultValue false */
  readonly traceKeepErrors: boolean;
  /** How long a request takes whose span is exported although the sampler has left it out. @defaultValue 0: none is */
  readonly traceKeepSlowerThanMs: number;
  /** The formats in which context comes in and goes out. @defaultValue `['tracecontext', 'baggage']` */
  readonly propagators: readonly PropagatorName[];
  /**
   * The request methods that are shown as they are; others are `_OTHER`. @defaultValue those of the semantic
   * conventions
   */
  readonly knownMethods: readonly string[];
  /** Paths whose GET and HEAD requests are not recorded. @defaultValue those that probes and scrapers ask for */
  readonly ignorePaths: readonly string[];
  /** The parts that are switched off; the variable and the option add up. @defaultValue none */
  readonly disabled: readonly Switch[];
  /** Whether a bad setting stops the service with exit code 78. @defaultValue false */
  readonly strict: boolean;
}

/** The settings that an application may set in code; environment variables win over each. */
export interface PortholeOptions {
  /** The service's name. @defaultValue `'unknown_service:node'` */
  readonly service?: string | undefined;
  /** The service's version. */
  readonly version?: string | undefined;
  /** The deployment environment, such as `production`. */
  readonly environment?: string | undefined;
  /** The least severe level that is written; `'silent'` writes nothing. @defaultValue `'info'` */
  readonly logLevel?: LogThreshold | undefined;
  /** @defaultValue `'auto'`: `'pretty'` on a terminal, else `'json'` */
  readonly logFormat?: 'auto' | 'json' | 'pretty' | undefined;
  /** TCP port of the admin server; 0 for any free one. @defaultValue 9464 */
  readonly adminPort?: number | 'off' | undefined;
  /**
   * Address that the admin server listens on. @defaultValue `'::'`, which is both families; `'0.0.0.0'` if the machine
   * has no IPv6
   */
  readonly adminHost?: string | undefined;
  /** Folder in which the control socket's own directory is made. @defaultValue the temp dir, else `/dev/shm` */
  readonly directory?: string | undefined;
  /** Whether to open the control socket. @defaultValue true */
  readonly control?: boolean | undefined;
  /**
   * Whether a thread watches the event loop, reports the blocking code, and answers probes meanwhile. @defaultValue
   * false
   */
  readonly watchdog?: boolean | undefined;
  /** From the first signal to the end of the process, in milliseconds, the delay included. @defaultValue 9000 */
  readonly shutdownDeadlineMs?: number | undefined;
  /** How long readiness is 503 while requests are still served, in milliseconds. @defaultValue 0 */
  readonly shutdownDelayMs?: number | undefined;
  /** Base URL of the OTLP receiver (`http://collector:4318`). @defaultValue none: spans are not exported */
  readonly otlpEndpoint?: string | undefined;
  /** @defaultValue `'parentbased_always_on'` */
  readonly sampler?: SamplerName | undefined;
  /** The probability of the ratio samplers, 0 to 1. @defaultValue 1 */
  readonly samplerRatio?: number | undefined;
  /** Whether to export the spans of failed requests although the sampler has left them out. @defaultValue false */
  readonly traceKeepErrors?: boolean | undefined;
  /**
   * Export the span of a request that takes longer, in milliseconds, although the sampler has left it out.
   * @defaultValue 0: none
   */
  readonly traceKeepSlowerThanMs?: number | undefined;
  /**
   * Paths whose GET and HEAD requests are not recorded: no line, no observation, no span. An empty list records all.
   * @defaultValue `/livez`, `/readyz`, `/startupz`, `/healthz`, `/health`, `/health/live`, `/health/ready`,
   * `/healthcheck`, `/live`, `/ready`, `/metrics`
   */
  readonly ignorePaths?: readonly string[] | undefined;
  /** The parts to switch off, `true` for all of them; adds to `PORTHOLE_DISABLED`. @defaultValue nothing */
  readonly disabled?: boolean | readonly Switch[] | undefined;
  /** Whether a bad setting stops the service with exit code 78. @defaultValue false */
  readonly strict?: boolean | undefined;
}
