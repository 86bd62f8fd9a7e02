/**
 * Keeping what turned out to matter: the span of a request, or of other work that came from outside, is exported
 * although the sampler has left it out, where it failed or was slow. The decision that was passed on stays: of its
 * children and of other services there is nothing.
 */
import type { WorkRecord } from '@porthole/core/internal';

export interface TailKeepOptions {
  /** Keep what failed. */
  readonly keepErrors: boolean;
  /** Keep what took longer, in milliseconds; infinity for none. */
  readonly keepSlowerThanMs: number;
}

/** Why a span is kept, which it says in this attribute. */
export type KeptFor = 'error' | 'slow';
export const KEPT_ATTRIBUTE = 'porthole.kept';

/**
 * Says why the span of a record that has ended is kept; undefined where it is not. The function itself is undefined
 * where none ever is.
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
