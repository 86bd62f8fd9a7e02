/** The account of the spans of one pipeline. */

/** How many spans went which way so far. */
export interface SpanAccount {
  readonly ended: number;
  readonly exported: number;
  /** By `error.type`: given to the exporter and not accepted. */
  readonly failed: ReadonlyMap<string, number>;
  /** By `error.type`: never given to the exporter. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly queued: number;
  readonly inFlight: number;
}

/** The sum over all values of `error.type`. */
export function totalOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
