/** Which of the types that a route can answer with the caller likes best (RFC 9110, 12.5.1). */

interface Preference {
  readonly quality: number;
  /** 2 for the type by its name, 1 for any of its kind, 0 for any at all. */
  readonly precision: number;
  readonly position: number;
}

/**
 * Returns one of `offered`, which are in lower case and without parameters. Of several with the same weight it is the
 * more precise one, then the first one in `accept`, then the first offered one. The first offered is also for those who
 * take none: a probe reads the status, and a 406 would only take the reason from a person. Never throws.
 */
export function preferredType<const Type extends string>(
  accept: string | undefined,
  offered: readonly [Type, ...Type[]],
): Type {
  const ranges = (accept ?? '*/*').toLowerCase().split(',').map(parseRange);
  let best: { readonly type: Type; readonly preference: Preference } | undefined;
  for (const type of offered) {
    const preference = preferenceFor(type, ranges);
    if (preference === undefined || preference.quality === 0) continue;
    if (best === undefined || isStronger(preference, best.preference)) best = { type, preference };
  }
  return best?.type ?? offered[0];
}

interface Range {
  readonly name: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim());
  const [, quality] =
    /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameters.find((one) => one.startsWith('q=')) ?? '') ?? [];
  return { name, quality: quality === undefined ? 1 : Number(quality) };
}

/**
 * The most precise range that covers the type is the one that counts: `text/*, text/plain;q=0` refuses `text/plain`.
 */
function preferenceFor(type: string, ranges: readonly Range[]): Preference | undefined {
  const names = ['*/*', `${type.split('/', 1)[0]}/*`, type];
  for (let precision = names.length - 1; precision >= 0; precision--) {
    const position = ranges.findIndex(({ name }) => name === names[precision]);
    const range = ranges[position];
    if (range !== undefined) return { quality: range.quality, precision, position };
  }
  return undefined;
}

function isStronger(one: Preference, other: Preference): boolean {
  if (one.quality !== other.quality) return one.quality > other.quality;
  if (one.precision !== other.precision) return one.precision > other.precision;
  return one.position < other.position;
}
