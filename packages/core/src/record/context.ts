/** The context that follows the application's asynchronous calls: which unit of work is active. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { sharedState } from '../shared-state.js';
import { otherTracing } from './other-tracing.js';
import type { SpanContext } from './span-context.js';
import type { ActiveContext, WorkRecord } from './work-record.js';

const storage = /* @__PURE__ */ sharedState('context', () => new AsyncLocalStorage<ActiveContext>());

/** The scope that the calling code runs in. */
export function activeContext(): ActiveContext | undefined {
  return storage.getStore();
}

/** The unit of work that the calling code belongs to. */
export function activeRecord(): WorkRecord | undefined {
  return storage.getStore()?.record;
}

/**
 * The span that the calling code runs in: its ids stand in log lines, and work that begins is its child.
 *
 * @param scope - the active one, for callers that have it already
 */
export function activeSpanContext(scope: ActiveContext | undefined = activeContext()): SpanContext | undefined {
  return otherTracing()?.activeSpan() ?? scope?.parent;
}

/** A scope in which no work is active. */
export const NO_WORK: ActiveContext = {
  record: undefined,
  parent: undefined,
  baggage: undefined,
  otelContext: undefined,
};

/** Makes `scope` the active one for the rest of the current synchronous execution and all that it starts. */
export function enterContext(scope: ActiveContext): void {
  storage.enterWith(scope);
}

/** Runs `fn` with `scope` active and returns its result. */
export function runInContext<T>(scope: ActiveContext, fn: () => T): T {
  return storage.run(scope, fn);
}

/** Runs `fn` with no unit of work active: Porthole's own work belongs to no request. */
export function runOutsideContext<T>(fn: () => T): T {
  return storage.exit(fn);
}

/**
 * Removes the context of `record` from an asynchronous resource that Node.js made or ran while it was active. So a
 * resource with a longer life does not keep the record. If the application has put its own values beside the context,
 * all of them stay.
 */
export function detachContext(resource: object, record: WorkRecord): void {
  const holder = resource as Record<symbol, unknown>;
  if (RESOURCE_STORE !== undefined) {
    if ((holder[RESOURCE_STORE] as ActiveContext | undefined)?.record === record) holder[RESOURCE_STORE] = undefined;
    return;
  }
  frameKey ??= Object.getOwnPropertySymbols(resource).find(({ description }) => description === 'kAsyncContextFrame');
  if (frameKey === undefined) return;
  const frame = holder[frameKey] as Map<unknown, ActiveContext> | undefined;
  if (frame?.size === 1 && frame.get(storage)?.record === record) holder[frameKey] = undefined;
}

/** Up to Node.js 22, AsyncLocalStorage keeps its value in each resource, under a symbol of the storage's. */
const RESOURCE_STORE = (storage as unknown as { readonly kResourceStore?: symbol }).kResourceStore;

/**
 * From Node.js 24 on, a resource has a `Map` of the values of all storages, under one symbol; found on the first one
 * that has it.
 */
let frameKey: symbol | undefined;

/**
 * Runs the code around which a message is published on the diagnostics channel `name` in the context that `scopeOf`
 * returns for it; for channels whose publisher uses `runStores`. The function that is returned ends that.
 */
export function bindContext<Message>(
  name: string,
  scopeOf: (message: Message) => ActiveContext | undefined,
): () => void {
  const bound = channel(name);
  // A store may be undefined, despite the types.
  bound.bindStore(storage, (message) => scopeOf(message as Message) as ActiveContext);
  return () => void bound.unbindStore(storage);
}
