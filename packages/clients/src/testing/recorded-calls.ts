/** The records of calls during a test. */
import { addObserver, type WorkRecord } from '@porthole/core/internal';

export interface RecordedCalls {
  /** The ended records. */
  readonly ended: readonly WorkRecord[];
  /** The names of the ended records. */
  names(): readonly string[];
  close(): void;
}

/** Collects records of kind `client` from now on. */
export function recordCalls(): RecordedCalls {
  const ended: WorkRecord[] = [];
  const close = addObserver({
    component: 'test',
    end: (record) => {
      if (record.kind === 'client') ended.push(record);
    },
  });
  return { ended, names: () => ended.map(({ name }) => name), close };
}
