/**
 * Two registries, read as one: Porthole's own series live apart from those of the application. prom-client's registry
 * throws if a name is taken, which would end a service that adds a library with metrics. Here a name is served once,
 * and a warning names both metrics.
 */
import promClient, { type Registry } from 'prom-client';
import { type RegistryMetric, registeredMetric, registeredMetrics } from './registry-metric.js';

/** The registries of one service. */
export interface ServiceRegistries {
  /** Porthole's own series. */
  readonly own: Registry;
  /** The metrics of the application and its libraries. A name that is taken does not throw. */
  readonly application: Registry;
  /** The served metrics: each name once, Porthole's own first. */
  served(): readonly RegistryMetric[];
}

/**
 * Makes both registries. `onDuplicate` hears once of each name that is there twice; those of one turn come in one
 * message.
 */
export function createServiceRegistries(onDuplicate: (message: string) => void): ServiceRegistries {
  const own = new promClient.Registry();
  const hidden = createNotice((names) =>
    onDuplicate(`${names}: registered by Porthole and in metrics.registry; Porthole's own is served, the other is not`),
  );
  const second = createNotice((names) =>
    onDuplicate(`${names}: registered twice in metrics.registry; the first is served, the second is not`),
  );
  const isHidden = (name: string): boolean => {
    if (registeredMetric(own, name) === undefined) return false;
    hidden(name);
    return true;
  };
  const application = new ApplicationRegistry(isHidden, second);
  return {
    own,
    application,
    served: () => [...registeredMetrics(own), ...registeredMetrics(application).filter(({ name }) => !isHidden(name))],
  };
}

/** prom-client's registry for the application: of two metrics with one name the first stays. */
class ApplicationRegistry extends promClient.Registry {
  readonly #onRegister: (name: string) => void;
  readonly #onSecond: (name: string) => void;

  constructor(onRegister: (name: string) => void, onSecond: (name: string) => void) {
    super();
    this.#onRegister = onRegister;
    this.#onSecond = onSecond;
  }

  override registerMetric<T extends string>(metric: promClient.Metric<T>): void {
    const given = metric as unknown as RegistryMetric;
    const registered = registeredMetric(this, given.name);
    if (registered !== undefined && registered !== given) {
      this.#onSecond(given.name);
      return;
    }
    super.registerMetric(metric);
    this.#onRegister(given.name);
  }
}

/** Names that are noted at most: a service that makes them up must not fill the memory. */
const MAX_NAMES = 100;

/** Collects the names of one turn, since a library registers several at once. Each name comes once. */
function createNotice(onNames: (names: string) => void): (name: string) => void {
  const noted = new Set<string>();
  let pending: string[] = [];
  return (name) => {
    if (noted.has(name) || noted.size >= MAX_NAMES) return;
    noted.add(name);
    if (pending.push(name) > 1) return;
    queueMicrotask(() => {
      const names = pending.join(', ');
      pending = [];
      onNames(names);
    });
  };
}
