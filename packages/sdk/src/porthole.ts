/** What a service holds of Porthole: one logger, one registry, one set of checks, one tracer. */
import type { withRecord } from '@porthole/core';
import { type ExitHook, sharedState } from '@porthole/core/internal';
import type { Health } from '@porthole/health';
import type { Lifecycle } from '@porthole/lifecycle';
import type { Logger } from '@porthole/logger';
import type { Metrics } from '@porthole/metrics';
import type { Tracer } from '@porthole/tracing';
import { mayBeService, NOT_STARTED } from './hint-at-start.js';
import { createNoopPorthole } from './noop-porthole.js';

/** The instance that `porthole()` returns. */
export interface Porthole {
  /** A pino logger; inside a unit of work its lines carry the trace's ids. Fits Fastify's `loggerInstance`. */
  readonly logger: Logger;
  /** The registry behind `/metrics`; `metrics.registry` is prom-client's own, for metrics of the service. */
  readonly metrics: Metrics;
  /** Liveness, readiness and startup checks. */
  readonly health: Health;
  /** The OpenTelemetry API's tracer, named after the service. */
  readonly tracer: Tracer;
  /** Runs a function as one unit of work: a message, a job, a call of another protocol. */
  readonly withRecord: typeof withRecord;
  /**
   * Runs `hook` when the service shuts down, after new work has been turned away; the last hook to be registered is the first
   * to run. Returns what takes it off again.
   */
  onShutdown(name: string, hook: ExitHook): () => void;
}

/** What has been started, and what ends it. */
export interface StartedPorthole {
  readonly porthole: Porthole;
  readonly lifecycle: Lifecycle;
  readonly serviceName: string;
  /** To be called when the application's `main` has settled. */
  mainSettled(): void;
}

const instances = sharedState('instances', () => ({
  started: undefined as StartedPorthole | undefined,
  noop: undefined as Porthole | undefined,
}));

/**
 * The running instance, which `run` or `startPorthole` has started. Without either it is noop: it logs and measures in
 * memory, but opens no port, touches no signal and sets no timer, so that unit tests can import what uses it.
 */
export function porthole(): Porthole {
  if (instances.started !== undefined) return instances.started.porthole;
  if (instances.noop === undefined) {
    instances.noop = createNoopPorthole();
    // Not at once: whoever starts Porthole a moment later has another line about it.
    if (mayBeService()) setImmediate(hint);
  }
  return instances.noop;
}

function hint(): void {
  if (instances.started === undefined) instances.noop?.logger.warn(NOT_STARTED);
}

/** The instance that has been started, if one has. */
export function startedPorthole(): StartedPorthole | undefined {
  return instances.started;
}

/** Makes `started` what `porthole()` returns. Returns whether somebody has taken a noop instance before. */
export function setPorthole(started: StartedPorthole): boolean {
  instances.started = started;
  return instances.noop !== undefined;
}
