/** Bounds the values of labels: one value must not take megabytes in each scrape. */
import { reportInternalError } from '@porthole/core/internal';

/** In UTF-16 code units, as JavaScript counts the length of a text. */
export const MAX_LABEL_VALUE_LENGTH = 1024;

/**
 * `value`, cut at `MAX_LABEL_VALUE_LENGTH` and not within a surrogate pair; a cut is counted in
 * `porthole_internal_errors_total{component="metrics"}`. `label` names the label in the count's message.
 */
export function boundedLabelValue(value: string, label: string): string {
  if (value.length <= MAX_LABEL_VALUE_LENGTH) return value;
  reportInternalError(
    'metrics',
    `the value of label ${label} has ${value.length} characters and is cut at ${MAX_LABEL_VALUE_LENGTH}`,
  );
  const last = value.charCodeAt(MAX_LABEL_VALUE_LENGTH - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  const cut = value.slice(0, isHalf ? MAX_LABEL_VALUE_LENGTH - 1 : MAX_LABEL_VALUE_LENGTH);
  // A copy: a slice would keep the whole text in memory.
  return Buffer.from(cut, 'utf16le').toString('utf16le');
}
