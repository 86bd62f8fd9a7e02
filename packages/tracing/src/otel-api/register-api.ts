/** Registers Porthole as the implementation of the OpenTelemetry API's global functions. */
import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

export interface ApiImplementation {
  readonly tracerProvider: TracerProvider;
  readonly contextManager: ContextManager;
  readonly propagator: TextMapPropagator;
}

/** Sets the API's globals that are not set yet; the function that is returned unsets these, and no others. */
export function registerApi(api: ApiImplementation): () => void {
  const unregister: (() => void)[] = [];
  if (context.setGlobalContextManager(api.contextManager)) unregister.push(() => context.disable());
  if (propagation.setGlobalPropagator(api.propagator)) unregister.push(() => propagation.disable());
  if (trace.setGlobalTracerProvider(api.tracerProvider)) unregister.push(() => trace.disable());
  return () => {
    for (const unset of unregister.splice(0)) unset();
  };
}
