/**
 * The tracer provider of another OpenTelemetry SDK: of one that is preloaded, or that the application has started
 * first.
 */
import { type TracerProvider, trace } from '@opentelemetry/api';

/** On Porthole's own providers, so that no copy of it takes them for another SDK's. */
const OWN = Symbol.for('porthole.v1.tracer-provider');

/** Marks `provider` as Porthole's. */
export function markOwn(provider: TracerProvider): TracerProvider {
  return Object.defineProperty(provider, OWN, { value: true });
}

/** Without a registered provider, the API's own one has no tracers to delegate to. */
export function hasTracerProvider(): boolean {
  const provider = trace.getTracerProvider() as { getDelegateTracer?: (name: string) => unknown };
  return provider.getDelegateTracer === undefined || provider.getDelegateTracer('porthole') !== undefined;
}

/**
 * The name of the class of the provider that is registered and is not Porthole's; undefined if there is none. Never
 * throws.
 */
export function otherProviderName(): string | undefined {
  try {
    if (!hasTracerProvider()) return undefined;
    const provider = registeredProvider();
    return OWN in provider ? undefined : provider.constructor?.name || 'a tracer provider';
  } catch {
    return undefined;
  }
}

/** Has the registered provider export ended spans, if it can. Rejects as the provider does. */
export async function forceFlush(): Promise<void> {
  await (registeredProvider() as { forceFlush?: () => Promise<void> }).forceFlush?.();
}

/** The provider itself, which the API keeps behind one of its own. */
function registeredProvider(): object {
  const provider = trace.getTracerProvider() as { getDelegate?: () => object };
  return provider.getDelegate?.() ?? provider;
}
