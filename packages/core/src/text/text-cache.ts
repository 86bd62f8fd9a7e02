/** Texts that come with request after request, such as the names of browsers, and a value that is made of each once. */

const MAX_TEXTS = 256;
const MAX_TEXT_LENGTH = 1024;

/**
 * A function that returns the result of `create` for a text, and keeps it for the next time. Bounded: it starts over if
 * there are too many texts, and keeps nothing for long ones.
 */
export function createTextCache<T>(create: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  // To compare two texts costs less than to hash one, and a busy client comes again.
  let lastText: string | undefined;
  let last: T;
  return (text) => {
    if (text === lastText) return last;
    let made = kept.get(text);
    if (made === undefined) {
      made = create(text);
      if (text.length > MAX_TEXT_LENGTH) return made;
      if (kept.size >= MAX_TEXTS) kept.clear();
      kept.set(text, made);
    }
    lastText = text;
    last = made;
    return made;
  };
}
