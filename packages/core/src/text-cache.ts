/** Texts that come with request after request, such as the names of browsers, and what is made of them once. */

const MAX_TEXTS = 256;
const MAX_TEXT_LENGTH = 1024;

/**
 * A function that gives for a text what `create` makes of it, and keeps that for the next time. Bounded: it starts over where there are
 * too many texts, and keeps nothing for long ones.
 */
export function createTextCache<T>(create: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const found = kept.get(text);
    if (found !== undefined) return found;
    const created = create(text);
    if (text.length > MAX_TEXT_LENGTH) return created;
    if (kept.size >= MAX_TEXTS) kept.clear();
    kept.set(text, created);
    return created;
  };
}
