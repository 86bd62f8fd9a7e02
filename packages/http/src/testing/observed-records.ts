/** The records that end during a test. */
import { addObserver, type WorkRecord } from '@porthole/core/internal';

/** Sees every record until it is closed. */
export interface ObservedRecords {
  readonly ended: readonly WorkRecord[];
  /** Resolves once `count` records have ended. */
  count(count: number): Promise<readonly WorkRecord[]>;
  /** Resolves to the record whose path is `path`, once it has ended. */
  of(path: string): Promise<WorkRecord>;
  close(): void;
}

/** Observes from now on. */
export function observeRecords(): ObservedRecords {
  const ended: WorkRecord[] = [];
  const waiting = new Set<() => void>();
  const remove = addObserver({
    component: 'test',
    end: (record) => {
      ended.push(record);
      for (const look of waiting) look();
    },
  });
  function eventually<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  }
  return {
    ended,
    count: (count) => eventually(() => (ended.length >= count ? ended : undefined)),
    of: (path) => eventually(() => ended.find((record) => record.path === path)),
    close: remove,
  };
}
