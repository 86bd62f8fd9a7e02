/** Muted lines of Fastify: the line of their record replaces them. If it does not, they are written after all. */
import { reportInternalError, sharedState, type WorkRecord } from '@porthole/core/internal';

/** The muted lines of each record. */
const heldBack = /* @__PURE__ */ sharedState(
  'fastify-held-back-lines',
  () => new WeakMap<WorkRecord, (() => void)[]>(),
);

/** Keeps `write`, which writes a line, until the end of `record` decides about it. */
export function holdBack(record: WorkRecord, write: () => void): void {
  if (record.endMs !== 0) return;
  const writes = heldBack.get(record);
  if (writes === undefined) heldBack.set(record, [write]);
  else writes.push(write);
}

/** Writes the muted lines of a record that is left out or has another error. Never throws. */
export function writeHeldBack(record: WorkRecord): void {
  const writes = heldBack.get(record) ?? [];
  heldBack.delete(record);
  for (const write of writes) {
    try {
      write();
    } catch (error) {
      reportInternalError('http', error);
    }
  }
}
