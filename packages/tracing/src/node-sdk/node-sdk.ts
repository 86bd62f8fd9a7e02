/**
 * What Porthole and a stock `NodeSDK` (`@opentelemetry/sdk-node`) have to do with each other. Nothing of the SDK is
 * imported: who uses it installs it, and these types are those parts of its own that both sides need.
 */
import type { Attributes, Context, ContextManager, Link, SpanKind, TextMapPropagator } from '@opentelemetry/api';

/** An SDK that has been made and not been started: a `NodeSDK`, or what is like it. */
export interface NodeSdk {
  start(): unknown;
  shutdown(): Promise<unknown>;
}

/** The SDK's `Resource`. */
export interface SdkResource {
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
  // The SDK's own type names itself here, with members that nobody else may make.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  merge(other: any): any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  getRawAttributes(): any[];
}

/** The SDK's `Sampler`; decisions are 0 for drop, 1 for record, 2 for record and sample. */
export interface SdkSampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): { decision: 0 | 2 };
  toString(): string;
}

/** The SDK's `IdGenerator`. */
export interface SdkIdGenerator {
  generateTraceId(): string;
  generateSpanId(): string;
}

/** Options of the `NodeSDK` that make it one with Porthole; spread them first, and what comes after wins. */
export interface NodeSdkDefaults {
  /** The service's resource, the same as for log lines and metrics. */
  readonly resource: SdkResource;
  /** False: the resource is complete, and the SDK's detectors would add the command line to it. */
  readonly autoDetectResources: boolean;
  /** What the configuration asks for. */
  readonly sampler: SdkSampler;
  /** Gives the spans of work records the ids that the records have. */
  readonly idGenerator: SdkIdGenerator;
  /** Must stay: what is active for the API and for Porthole is the same. */
  readonly contextManager: ContextManager;
  readonly textMapPropagator: TextMapPropagator;
  /** None: Porthole measures and logs already; without this the SDK would send its own to a default address. */
  readonly metricReaders: never[];
  readonly logRecordProcessors: never[];
}

/**
 * Makes the SDK that gets the spans instead of Porthole's own export.
 *
 * @example
 * startPorthole({ nodeSdk: (defaults) => new NodeSDK({ ...defaults, spanProcessors, instrumentations }) });
 */
export type NodeSdkFactory = (defaults: NodeSdkDefaults) => NodeSdk;
