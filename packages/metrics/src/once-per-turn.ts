/**
 * Makes `read` run once for all metrics of a collection that show a part of what it returns. A collection asks its metrics
 * one after the other in one synchronous run; the value is dropped when that ends.
 */
export function oncePerTurn<T>(read: () => T): () => T {
  let held: { readonly value: T } | undefined;
  return () => {
    if (held === undefined) {
      held = { value: read() };
      queueMicrotask(() => {
        held = undefined;
      });
    }
    return held.value;
  };
}
