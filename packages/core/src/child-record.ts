/** What a unit of work calls in turn. */
import { activeScope } from './context.js';
import { type WorkKind, WorkRecord } from './work-record.js';

/** A record below the active span, with its trace and the active baggage; the root of a trace where none is active. */
export function createChildRecord(kind: WorkKind, name: string): WorkRecord {
  const scope = activeScope();
  return new WorkRecord(kind, name, scope?.parent, scope?.baggage);
}
