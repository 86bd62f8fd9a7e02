/**
 * The interface between Porthole and a stock `NodeSDK` (`@opentelemetry/sdk-node`). Nothing of the SDK is
 * imported: its user installs it, and these types are the parts that both sides need.
 */
import type { Attributes, Context, ContextManager, Link, SpanKind, TextMapPropagator } from '@opentelemetry/api';

/** An SDK that has been made and not been started: a `NodeSDK`, or a similar object. */
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
  // The SDK's own type names itself here, with members that no other code may make.
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

/** Options of the `NodeSDK` that make it one with Porthole; spread them first; later options win. */
export interface NodeSdkDefaults {
  /** The service's resource, the same as for log lines and metrics. */
  readonly resource: SdkResource;
  /** False: the resource is complete, and the SDK's detectors would add the command line to it. */
  readonly autoDetectResources: boolean;
  /** The configured sampler. */
  readonly sampler: SdkSampler;
  /** Gives the spans of work records the ids that the records have. */
  readonly idGenerator: SdkIdGenerator;
  /** Must stay: the API and Porthole have the same active span. */
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
