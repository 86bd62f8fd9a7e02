/** From the labels that a caller gives to a label set that can be stored, and its key. */
import type { Labels } from '@porthole/core/internal';
import { boundedLabelValue } from './label-value.js';
import { KEY_SEPARATOR } from './series-map.js';

/** A label set and its key in a `SeriesMap`. */
export interface LabelSet {
  readonly key: string;
  /** Only labels with a value: to Prometheus an empty one is the same as none. */
  readonly labels: Labels;
}

/** A label that the metric does not have. */
export class UnknownLabel extends TypeError {
  constructor(name: string, labelNames: readonly string[]) {
    super(`it has no label ${name} (its labels: ${labelNames.length === 0 ? 'none' : labelNames.join(', ')})`);
  }
}

/**
 * The label set of `labels`; the key holds the values in the order of `labelNames`. Values become well-formed strings,
 * because two that differ only in a lone surrogate would be one in UTF-8. They are cut at 1,024 characters, and cuts
 * are counted.
 *
 * @throws UnknownLabel if a label is not in `labelNames`, and the error of turning a value into text.
 */
export function labelSetOf(labelNames: readonly string[], labels: Labels = {}): LabelSet {
  for (const name of Object.keys(labels)) {
    if (!labelNames.includes(name)) throw new UnknownLabel(name, labelNames);
  }
  const set: Record<string, string> = {};
  const values: string[] = [];
  for (const name of labelNames) {
    const given: unknown = Object.hasOwn(labels, name) ? labels[name] : undefined;
    const value = given === undefined || given === null ? '' : wellFormed(boundedLabelValue(String(given), name));
    if (value !== '') set[name] = value;
    values.push(value);
  }
  return { key: values.join(KEY_SEPARATOR), labels: set };
}

function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\uFFFD');
}
