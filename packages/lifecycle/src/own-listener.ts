/** Distinguishes Porthole's listeners on `process` from the application's. */

const OWN: unique symbol = Symbol.for('porthole.v1.process-listener');

type OwnListener = { readonly [OWN]?: true };

/** Marks `listener` as Porthole's own; both copies of the package (ESM and CommonJS) see the mark. */
export function ownListener<Listener extends object>(listener: Listener): Listener {
  return Object.defineProperty(listener, OWN, { value: true });
}

/** Never throws, even if the application added an odd value as a listener. */
export function isOwnListener(listener: object): boolean {
  try {
    return (listener as OwnListener)[OWN] === true;
  } catch {
    return false;
  }
}
