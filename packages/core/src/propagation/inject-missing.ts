/** Passes the context on with an outgoing request or message, unless its caller has done so. */
import type { ActiveContext } from '../record/work-record.js';
import type { HeaderAccess } from './header-access.js';
import { injectContext, traceFields } from './propagators.js';
import { removeCopies } from './remove-copies.js';

/**
 * Adds the headers that carry the span and the baggage of `scope`. A caller that has set `traceparent`, `tracestate` or
 * another header that names a parent has its own way: nothing is added, since two parents count as none. The exception
 * is a copy of the incoming headers, as a gateway passes them on: the span of `scope` takes its place. `baggage` that
 * is set stays.
 */
export function injectMissing<Carrier>(scope: ActiveContext, carrier: Carrier, access: HeaderAccess<Carrier>): void {
  const { has, add } = access;
  written.length = 0;
  injectContext(scope, collect);
  let isTraced = false;
  for (const name of traceFields()) if (has(carrier, name)) isTraced = true;
  const replaced = isTraced ? removeCopies(scope, carrier, access) : undefined;
  for (let i = 0; i < written.length; i += 2) {
    const name = written[i] as string;
    if (name === 'baggage' || replaced !== undefined ? has(carrier, name) : isTraced) continue;
    add(carrier, name, written[i + 1] as string);
  }
  // A copy in a format that is not written otherwise would contradict those that are.
  for (const format of replaced ?? []) {
    format.inject(scope, (name, value) => {
      if (!has(carrier, name)) add(carrier, name, value);
    });
  }
}

/** Names and values in turn. One list serves all: it is read before anything else can be written to it. */
const written: string[] = [];

function collect(name: string, value: string): void {
  written.push(name, value);
}
