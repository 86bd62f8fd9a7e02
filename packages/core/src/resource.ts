/** The origin of the telemetry: OpenTelemetry's resource, the same for log lines, metrics and traces. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from './config/config.js';
import type { AttributeValue } from './record/work-record.js';
import { sharedState } from './shared-state.js';

/** Attributes by their semantic-convention names. */
export type Resource = Readonly<Record<string, AttributeValue>>;

/**
 * The resource of this process. `OTEL_RESOURCE_ATTRIBUTES` wins over detected values, and the service's own settings
 * win over both. `service.instance.id` is new at each start unless it is set, and one for all copies of this package.
 */
export function resourceOf(config: Config): Resource {
  return {
    'service.instance.id': sharedState('service-instance-id', randomUUID),
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'porthole',
    'telemetry.sdk.version': VERSION,
    ...config.resourceAttributes,
    'service.name': config.serviceName,
    ...(config.serviceVersion === '' ? {} : { 'service.version': config.serviceVersion }),
    ...(config.environment === '' ? {} : { 'deployment.environment.name': config.environment }),
  };
}

/** From `package.json`, put in its place by the build. */
declare const PORTHOLE_VERSION: string;

/** The version of the family; all packages are published with one. */
export const VERSION: string = PORTHOLE_VERSION;
