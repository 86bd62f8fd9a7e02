/** The instance that a service uses. */
import type { withRecord } from '@porthole/core';
import type { ExitHook } from '@porthole/core/internal';
import type { Health } from '@porthole/health';
import type { Logger } from '@porthole/logger';
import type { Metrics } from '@porthole/metrics';
import type { Tracer } from '@porthole/tracing';

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
   * Runs `hook` when the service shuts down, after new work has been turned away; the last hook to be registered is the
   * first to run. Returns a function that removes it.
   */
  onShutdown(name: string, hook: ExitHook): () => void;
}
