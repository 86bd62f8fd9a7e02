/** The `baggage` list (https://www.w3.org/TR/baggage/), which is passed on as it arrived. */
import type { Propagator } from './propagator.js';

export const BAGGAGE: Propagator = {
  fields: ['baggage'],
  extract: (header) => ({ parent: undefined, baggage: readBaggage(header('baggage')) }),
  inject: ({ baggage }, write) => {
    if (baggage !== undefined) write('baggage', baggage);
  },
};

const MAX_BYTES = 8192;
const PRINTABLE_ASCII = /^[\t\x20-\x7e]+$/;

function readBaggage(value: string | undefined): string | undefined {
  if (value === undefined || value.length > MAX_BYTES) return undefined;
  return PRINTABLE_ASCII.test(value) ? value : undefined;
}
