/** Properties that Node.js keeps under its own symbols. */

/**
 * Makes the reader of such a property. The first object that has it provides the symbol. Undefined if there is none.
 */
export function nodeProperty(description: string): (owner: unknown) => unknown {
  let key: symbol | undefined;
  return (owner) => {
    if (typeof owner !== 'object' || owner === null) return undefined;
    key ??= Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === description);
    return key === undefined ? undefined : (owner as Record<symbol, unknown>)[key];
  };
}
