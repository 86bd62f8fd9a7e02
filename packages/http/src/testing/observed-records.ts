/** The records that end during a test. */
import { addObserver, internalErrors, type WorkRecord } from '@porthole/core/internal';
import { expect } from 'vitest';

/** Collects every record until it is closed. */
export interface ObservedRecords {
  readonly ended: readonly WorkRecord[];
  /** Resolves once `count` records have ended. */
  count(count: number): Promise<readonly WorkRecord[]>;
  /** Resolves to the record whose path is `path`, once it has ended. */
  of(path: string): Promise<WorkRecord>;
  /** Resolves with the records of kind `client` once there are `count` of them. */
  clients(count: number): Promise<readonly WorkRecord[]>;
  /** Fails if there was an internal error since the start. */
  close(): void;
}

/** Observes from now on. */
export function observeRecords(): ObservedRecords {
  const failuresBefore = failures();
  const ended: WorkRecord[] = [];
  const ofClients = () => ended.filter(({ kind }) => kind === 'client');
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
    clients: (count) => eventually(() => (ofClients().length >= count ? ofClients() : undefined)),
    close: () => {
      remove();
      expect(failures()).toBe(failuresBefore);
    },
  };
}

function failures(): number {
  let count = 0;
  for (const failure of internalErrors().values()) count += failure.count;
  return count;
}
