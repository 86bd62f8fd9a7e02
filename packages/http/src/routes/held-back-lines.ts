/** Lines of Fastify that are muted because the line of their record will show the same, and are written if it does not. */
import { reportInternalError, sharedState, type WorkRecord } from '@porthole/core/internal';

/** The lines that the line of a record stands for. */
const heldBack = /* @__PURE__ */ sharedState(
  'fastify-held-back-lines',
  () => new WeakMap<WorkRecord, (() => void)[]>(),
);

/** Keeps `write`, which writes a line, until it is known whether the line of `record` stands for it. */
export function holdBack(record: WorkRecord, write: () => void): void {
  if (record.endMs !== 0) return;
  const writes = heldBack.get(record);
  if (writes === undefined) heldBack.set(record, [write]);
  else writes.push(write);
}

/** Writes the lines that the record does not stand for after all: it is left out when it is over, or has another error. Never throws. */
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
