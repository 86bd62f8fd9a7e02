/** What a unit of work calls in turn. */
import { activeRecord } from './context.js';
import { type WorkKind, WorkRecord } from './work-record.js';

/** A record below the active one, with its trace and its baggage; the root of a trace where none is active. */
export function createChildRecord(kind: WorkKind, name: string): WorkRecord {
  const parent = activeRecord();
  return new WorkRecord(kind, name, parent, parent?.baggage);
}
