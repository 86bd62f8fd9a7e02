/** Passes the context on with a request that goes out, unless its caller has done so. */
import { injectContext, type PropagatedContext } from '@porthole/core/internal';

/** How the headers of one kind of request are read and added to; names are lower-case. */
export interface HeaderAccess<Request> {
  readonly has: (request: Request, name: string) => boolean;
  readonly add: (request: Request, name: string, value: string) => void;
}

/**
 * Adds the headers that carry `context`. A caller that has set `traceparent`, `tracestate` or what else would name the parent has its
 * own way: nothing is added to it, since two parents are none. The same holds for `baggage`, by itself.
 */
export function injectMissing<Request>(
  context: PropagatedContext,
  request: Request,
  { has, add }: HeaderAccess<Request>,
): void {
  written.length = 0;
  injectContext(context, collect);
  let isTraced = has(request, 'traceparent') || has(request, 'tracestate');
  for (let i = 0; i < written.length && !isTraced; i += 2) {
    const name = written[i] as string;
    isTraced = name !== 'baggage' && has(request, name);
  }
  for (let i = 0; i < written.length; i += 2) {
    const name = written[i] as string;
    if (name === 'baggage' ? has(request, name) : isTraced) continue;
    add(request, name, written[i + 1] as string);
  }
}

/** Names and values in turn. One list serves all requests: it is read before anything else can be written to it. */
const written: string[] = [];

function collect(name: string, value: string): void {
  written.push(name, value);
}
