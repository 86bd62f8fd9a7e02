/** The series of one metric, by label set, bounded: more are added up in one overflow series. */
import type { Labels } from '@porthole/core/internal';

/**
 * The label set of the overflow series, from the OpenTelemetry metrics SDK specification ("Overflow attribute",
 * `otel.metric.overflow`).
 */
export const OVERFLOW_LABELS: Labels = { otel_metric_overflow: 'true' };

/**
 * Stands between the label values in a key. Well-formed text does not contain a lone surrogate, so two label sets never
 * have the same key.
 */
export const KEY_SEPARATOR = '\uD800';

/** Series of type `S`. */
export interface SeriesMap<S> {
  /** The series under `key`, if it is there. */
  find(key: string): S | undefined;
  /** Makes the series of `labels` under `key`; if the map is full, it returns the overflow series. */
  add(key: string, labels: Labels): S;
  /** All series, the overflow series last. */
  values(): Iterable<S>;
  clear(): void;
}

/** `limit` counts the overflow series in, as the specification has it. */
export function createSeriesMap<S>(limit: number, create: (labels: Labels) => S): SeriesMap<S> {
  const series = new Map<string, S>();
  let overflow: S | undefined;
  return {
    find: (key) => series.get(key),
    add(key, labels) {
      if (series.size >= limit - 1) {
        overflow ??= create(OVERFLOW_LABELS);
        return overflow;
      }
      const added = create(labels);
      series.set(key, added);
      return added;
    },
    *values() {
      yield* series.values();
      if (overflow !== undefined) yield overflow;
    },
    clear() {
      series.clear();
      overflow = undefined;
    },
  };
}
