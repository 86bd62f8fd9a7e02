/**
 * The trace headers that a gateway passes on as they arrived. The parent of the next call must be the current operation
 * (https://www.w3.org/TR/trace-context-2/, section 3.4), so copies give way to it.
 */

import { isSameSpan } from '../record/span-context.js';
import type { ActiveContext } from '../record/work-record.js';
import type { HeaderAccess } from './header-access.js';
import type { Propagator } from './propagator.js';
import { TRACE_FORMATS } from './propagators.js';

/** The parent of the sender, which B3 may have beside the sender. */
const B3_PARENT = 'x-b3-parentspanid';

/**
 * Removes the headers of `carrier` that name the remote parent of the active record, in any format, and returns their
 * formats. If a header names another span, that is the caller's choice: all stay, and the result is undefined.
 */
export function removeCopies<Carrier>(
  { record, parent }: ActiveContext,
  carrier: Carrier,
  { has, get, remove }: HeaderAccess<Carrier>,
): readonly Propagator[] | undefined {
  const remoteParent = record?.remoteParent;
  if (remoteParent === undefined || parent === undefined) return undefined;
  const copies: Propagator[] = [];
  for (const format of TRACE_FORMATS) {
    const { fields } = format;
    if (!fields.some((name) => has(carrier, name))) continue;
    const named = format.extract((name) => (fields.includes(name) ? get(carrier, name) : undefined)).parent;
    // A header that names no span may be a decision (`b3: 0`).
    if (named === undefined) continue;
    if (!isSameSpan(named, remoteParent)) return undefined;
    copies.push(format);
  }
  if (copies.length === 0) return undefined;
  for (const { fields } of copies) for (const name of fields) remove(carrier, name);
  remove(carrier, B3_PARENT);
  return copies;
}
