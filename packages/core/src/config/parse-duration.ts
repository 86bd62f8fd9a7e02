/** Durations as people write them. On its own, since a probe reads them too and must not pay for the other parsers. */

const UNIT_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, m: 60_000 };

/**
 * `9s`, `500ms`, `1m`, or a bare number of milliseconds, in whole milliseconds; `undefined` if it is not a duration, or
 * less than `minMs` or more than `maxMs` when rounded.
 */
export function parseDuration(text: string, minMs: number, maxMs: number): number | undefined {
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|)$/.exec(text.toLowerCase()) ?? [];
  const ms = Math.round(Number(number) * (UNIT_MS[unit] as number));
  return ms >= minMs && ms <= maxMs ? ms : undefined;
}
