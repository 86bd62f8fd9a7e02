/** The `baggage` list (https://www.w3.org/TR/baggage/), which is passed on as it arrived, within limits. */
import type { Propagator } from './propagator.js';

export const BAGGAGE: Propagator = {
  fields: ['baggage'],
  extract: (header) => ({ parent: undefined, baggage: readBaggage(header('baggage')) }),
  inject: ({ baggage }, write) => {
    if (baggage !== undefined) write('baggage', baggage);
  },
};

/**
 * The minimum that the W3C asks to pass on (section 3.3.2). Names and values are ASCII: one character is one
 * byte.
 */
export const MAX_BAGGAGE_BYTES = 8192;
const PRINTABLE_ASCII = /^[\t\x20-\x7e]+$/;

function readBaggage(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  return value.length <= MAX_BAGGAGE_BYTES && PRINTABLE_ASCII.test(value) ? value : usableMembersOf(value);
}

/**
 * The members that may stand in a header, in their order, as far as they fit. Whole ones: half a value would be a wrong
 * one.
 */
function usableMembersOf(list: string): string | undefined {
  let members: string | undefined;
  for (const member of list.split(',')) {
    if (!PRINTABLE_ASCII.test(member)) continue;
    const longer = members === undefined ? member : `${members},${member}`;
    if (longer.length <= MAX_BAGGAGE_BYTES) members = longer;
  }
  return members;
}
