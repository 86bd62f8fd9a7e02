/** The records that end while a test runs. */
import { addObserver, internalErrors, type WorkRecord } from '@porthole/core/internal';
import { expect } from 'vitest';

export interface EndedRecords {
  readonly all: readonly WorkRecord[];
  /** Resolves with the records once there are `count` of kind `client`. */
  clients(count: number): Promise<readonly WorkRecord[]>;
  /** Fails where something failed inside since the start. */
  close(): void;
}

/** Collects records from now on. */
export function collectEndedRecords(): EndedRecords {
  const all: WorkRecord[] = [];
  const failuresBefore = failures();
  let onEnd = (): void => {};
  const unobserve = addObserver({
    component: 'test',
    end: (record) => {
      all.push(record);
      onEnd();
    },
  });
  const ofClients = () => all.filter(({ kind }) => kind === 'client');
  return {
    all,
    clients: (count) =>
      new Promise((resolve) => {
        onEnd = () => {
          if (ofClients().length >= count) resolve(ofClients());
        };
        onEnd();
      }),
    close: () => {
      unobserve();
      expect(failures()).toBe(failuresBefore);
    },
  };
}

function failures(): number {
  let count = 0;
  for (const failure of internalErrors().values()) count += failure.count;
  return count;
}
