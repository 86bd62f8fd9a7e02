/** The options of `createTracing`: validated, and with their defaults. */
import { PortholeError, type SamplerName } from '@porthole/core';
import { type Instruments, type Log, noInstruments, noLog, type Resource } from '@porthole/core/internal';

export interface TracingOptions {
  /** Who the spans are from. */
  readonly resource: Resource;
  /** The name of `tracer`. */
  readonly serviceName: string;
  /** Full URL that batches are posted to, `https://collector:4318/v1/traces`. @defaultValue nothing is exported */
  readonly endpoint?: string;
  /** Sent with each batch. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** For one POST from its first byte to the last of its answer, retries excluded. @defaultValue 10000 */
  readonly timeoutMs?: number;
  readonly sampler: SamplerName;
  /** What the ratio samplers keep, 0 to 1. */
  readonly samplerRatio: number;
  /** Where it is told that spans are lost. @defaultValue nowhere */
  readonly log?: Log;
  /** Where the pipeline's own counts are exposed. @defaultValue nowhere */
  readonly instruments?: Instruments;
  /** Encoded spans that may wait or be in flight, in bytes; those beyond are dropped and counted. @defaultValue 4 MiB */
  readonly maxQueuedBytes?: number;
  /** @defaultValue 1000 */
  readonly exportIntervalMs?: number;
}

/** The options with their defaults. */
export interface ResolvedTracingOptions extends Required<Omit<TracingOptions, 'endpoint'>> {
  readonly endpoint: string | undefined;
}

/** @throws PortholeError `PORTHOLE_TRACING_OPTIONS` where an option cannot be used. */
export function resolveTracingOptions(input: TracingOptions): ResolvedTracingOptions {
  const resolved: ResolvedTracingOptions = {
    resource: input.resource,
    serviceName: input.serviceName,
    endpoint: input.endpoint,
    headers: input.headers ?? {},
    timeoutMs: input.timeoutMs ?? 10_000,
    sampler: input.sampler,
    samplerRatio: input.samplerRatio,
    log: input.log ?? noLog,
    instruments: input.instruments ?? noInstruments,
    maxQueuedBytes: input.maxQueuedBytes ?? 4_194_304,
    exportIntervalMs: input.exportIntervalMs ?? 1000,
  };
  const { endpoint, samplerRatio } = resolved;
  if (endpoint !== undefined && !isHttpUrl(endpoint)) throw unusable('endpoint', 'a URL of http: or https:');
  if (!(samplerRatio >= 0 && samplerRatio <= 1)) throw unusable('samplerRatio', 'a number from 0 to 1');
  for (const name of ['timeoutMs', 'maxQueuedBytes', 'exportIntervalMs'] as const) {
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
