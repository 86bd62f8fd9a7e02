/** Properties that Node.js has under symbols of its own. */

/** Makes the reader of such a property; the first object that has it tells the symbol. Undefined where there is no such property. */
export function nodeProperty(description: string): (owner: unknown) => unknown {
  let key: symbol | undefined;
  return (owner) => {
    if (typeof owner !== 'object' || owner === null) return undefined;
    key ??= Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === description);
    return key === undefined ? undefined : (owner as Record<symbol, unknown>)[key];
  };
}
