/** The options of `createTracing`: validated, and with their defaults. */
import { type OtlpProtocol, PortholeError, type SamplerName } from '@porthole/core';
import { type Instruments, type Log, noInstruments, noLog, type Resource } from '@porthole/core/internal';
import type { NodeSdkFactory } from './node-sdk/node-sdk.js';
import type { OtlpCertificates } from './otlp/otlp-transport.js';

export interface TracingOptions {
  /** The origin of the spans. */
  readonly resource: Resource;
  /** The name of `tracer`. */
  readonly serviceName: string;
  /**
   * The receiver of batches: over HTTP the full URL, `https://collector:4318/v1/traces`; over gRPC scheme, host and
   * port, `http://collector:4317`. @defaultValue nothing is exported
   */
  readonly endpoint?: string;
  /** @defaultValue `'http/protobuf'` */
  readonly protocol?: OtlpProtocol;
  /** Sent with each batch. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** `gzip` takes place in the thread pool. @defaultValue `'none'` */
  readonly compression?: 'none' | 'gzip';
  /** For `https:`: whom to trust and what to show. @defaultValue those that Node.js trusts, and nothing */
  readonly certificates?: OtlpCertificates;
  /** For one request from its first byte to the last of its answer, retries excluded. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** For one export with its retries. @defaultValue as long as the retries take */
  readonly exportTimeoutMs?: number;
  readonly sampler: SamplerName;
  /** The share that the ratio samplers keep, 0 to 1. */
  readonly samplerRatio: number;
  /** Export unsampled spans of failed work; see `tail-sampling`. @defaultValue false */
  readonly keepErrors?: boolean;
  /** Export unsampled spans of work that took longer than this. @defaultValue none of it */
  readonly keepSlowerThanMs?: number;
  /** The log for lost spans. @defaultValue nowhere */
  readonly log?: Log;
  /** The instruments for the pipeline's own counts. @defaultValue nowhere */
  readonly instruments?: Instruments;
  /**
   * Encoded spans that may wait or be in flight, in bytes; those beyond are dropped and counted. @defaultValue 4 MiB
   */
  readonly maxQueuedBytes?: number;
  /** Spans that may wait or be in flight. @defaultValue as many as `maxQueuedBytes` holds */
  readonly maxQueuedSpans?: number;
  /** Spans of one export, which is 2 MiB at most. @defaultValue no limit but its bytes */
  readonly maxExportSpans?: number;
  /** @defaultValue 1000 */
  readonly exportIntervalMs?: number;
  /**
   * Makes a stock `NodeSDK` that takes the spans; the options of the export have no effect then. @defaultValue
   * none
   */
  readonly nodeSdk?: NodeSdkFactory | undefined;
}

/** The options with their defaults. */
export interface ResolvedTracingOptions extends Required<Omit<TracingOptions, 'endpoint' | 'nodeSdk'>> {
  readonly endpoint: string | undefined;
  readonly nodeSdk: NodeSdkFactory | undefined;
}

const NUMBERS = [
  'timeoutMs',
  'exportTimeoutMs',
  'maxQueuedBytes',
  'maxQueuedSpans',
  'maxExportSpans',
  'exportIntervalMs',
  'keepSlowerThanMs',
] as const;

/** @throws PortholeError `PORTHOLE_TRACING_OPTIONS` if an option cannot be used. */
export function resolveTracingOptions(input: TracingOptions): ResolvedTracingOptions {
  const resolved: ResolvedTracingOptions = {
    resource: input.resource,
    serviceName: input.serviceName,
    endpoint: input.endpoint,
    protocol: input.protocol ?? 'http/protobuf',
    headers: input.headers ?? {},
    compression: input.compression ?? 'none',
    certificates: input.certificates ?? {},
    timeoutMs: input.timeoutMs ?? 10_000,
    exportTimeoutMs: input.exportTimeoutMs ?? Number.POSITIVE_INFINITY,
    sampler: input.sampler,
    samplerRatio: input.samplerRatio,
    keepErrors: input.keepErrors ?? false,
    keepSlowerThanMs: input.keepSlowerThanMs ?? Number.POSITIVE_INFINITY,
    log: input.log ?? noLog,
    instruments: input.instruments ?? noInstruments,
    maxQueuedBytes: input.maxQueuedBytes ?? 4_194_304,
    maxQueuedSpans: input.maxQueuedSpans ?? Number.POSITIVE_INFINITY,
    maxExportSpans: input.maxExportSpans ?? Number.POSITIVE_INFINITY,
    exportIntervalMs: input.exportIntervalMs ?? 1000,
    nodeSdk: input.nodeSdk,
  };
  const { endpoint, samplerRatio } = resolved;
  if (endpoint !== undefined && !isHttpUrl(endpoint)) throw unusable('endpoint', 'a URL of http: or https:');
  if (!(samplerRatio >= 0 && samplerRatio <= 1)) throw unusable('samplerRatio', 'a number from 0 to 1');
  for (const name of NUMBERS) {
    if (!(resolved[name] > 0)) throw unusable(name, 'a number above 0');
  }
  return resolved;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function unusable(option: string, expected: string): PortholeError {
  return new PortholeError(`createTracing: ${option} is not valid: expected ${expected}`, {
    code: 'PORTHOLE_TRACING_OPTIONS',
  });
}
