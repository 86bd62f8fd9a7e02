/** Passes the context on with what goes out, a request or a message, unless its caller has done so. */
import type { PropagatedContext } from './propagator.js';
import { injectContext } from './propagators.js';

/** How the headers of one kind of carrier are read and added to; names are lower-case. */
export interface HeaderAccess<Carrier> {
  readonly has: (carrier: Carrier, name: string) => boolean;
  readonly add: (carrier: Carrier, name: string, value: string) => void;
}

/**
 * Adds the headers that carry `context`. A caller that has set `traceparent`, `tracestate` or what else would name the parent has its
 * own way: nothing is added to it, since two parents are none. The same holds for `baggage`, by itself.
 */
export function injectMissing<Carrier>(
  context: PropagatedContext,
  carrier: Carrier,
  { has, add }: HeaderAccess<Carrier>,
): void {
  written.length = 0;
  injectContext(context, collect);
  let isTraced = has(carrier, 'traceparent') || has(carrier, 'tracestate');
  for (let i = 0; i < written.length && !isTraced; i += 2) {
    const name = written[i] as string;
    isTraced = name !== 'baggage' && has(carrier, name);
  }
  for (let i = 0; i < written.length; i += 2) {
    const name = written[i] as string;
    if (name === 'baggage' ? has(carrier, name) : isTraced) continue;
    add(carrier, name, written[i + 1] as string);
  }
}

/** Names and values in turn. One list serves all: it is read before anything else can be written to it. */
const written: string[] = [];

function collect(name: string, value: string): void {
  written.push(name, value);
}
