/**
 * State that every copy of Porthole in one process shares: an application may load the ESM and the CommonJS build side
 * by side, or bundle one and require the other. It must still see one context, one set of observers, one running
 * instance.
 */

const STATE = Symbol.for('porthole.v1');

/** The value that all copies share under `name`; the first to ask creates it. */
export function sharedState<T>(name: string, create: () => T): T {
  const host = globalThis as { [STATE]?: Map<string, unknown> };
  host[STATE] ??= new Map();
  const state = host[STATE];
  if (!state.has(name)) state.set(name, create());
  return state.get(name) as T;
}
