/**
 * Tail sampling: the span of a request, or of other work that came from outside, is exported although unsampled, if it
 * failed or was slow. The decision that was passed on stays: of its children and of other services there is nothing.
 */
import type { WorkRecord } from '@porthole/core/internal';

export interface TailKeepOptions {
  /** Keep failed work. */
  readonly keepErrors: boolean;
  /** Keep slower work, in milliseconds; infinity for none. */
  readonly keepSlowerThanMs: number;
}

/** The reason why a span is kept, in this attribute. */
export type KeptFor = 'error' | 'slow';
export const KEPT_ATTRIBUTE = 'porthole.kept';

/**
 * Returns the reason why the span of an ended record is kept; undefined if it is not. The function itself is undefined
 * if no span can be kept.
 */
export function createTailKeep(options: TailKeepOptions): ((record: WorkRecord) => KeptFor | undefined) | undefined {
  const { keepErrors, keepSlowerThanMs } = options;
  if (!keepErrors && keepSlowerThanMs === Number.POSITIVE_INFINITY) return undefined;
  return (record) => {
    // Work inside of other work here: that is kept, or not, for itself.
    if (record.parentIsRemote === false) return undefined;
    if (keepErrors && (record.errorType !== '' || record.error !== undefined)) return 'error';
    return record.endMs - record.startMs > keepSlowerThanMs ? 'slow' : undefined;
  };
}
