/** The few request headers that a record needs, found in one pass over `rawHeaders`. */
import type { IncomingMessage } from 'node:http';
import { extractContext, type PropagatedContext } from '@porthole/core/internal';

/** What the headers of one request say. */
export interface RequestHeaders extends PropagatedContext {
  readonly userAgent: string;
}

const WANTED = ['traceparent', 'tracestate', 'baggage', 'user-agent'] as const;

/** Lengths of the wanted names: most headers are passed over by their length alone, without lower-casing them. */
const WANTED_LENGTHS: ReadonlySet<number> = new Set(WANTED.map((name) => name.length));

/** Reads the headers of `request`. Several `tracestate` or `baggage` headers count as one list, joined by commas. */
export function readRequestHeaders(request: IncomingMessage): RequestHeaders {
  const raw = request.rawHeaders;
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  let baggage: string | undefined;
  let userAgent = '';
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!WANTED_LENGTHS.has(name.length)) continue;
    const value = raw[i + 1] as string;
    switch (name.toLowerCase()) {
      case 'traceparent':
        // Two of them cannot both be the parent: the trace starts here (Trace Context, section 3.2.1).
        traceparent = traceparent === undefined ? value : '';
        break;
      case 'tracestate':
        tracestate = join(tracestate, value);
        break;
      case 'baggage':
        baggage = join(baggage, value);
        break;
      case 'user-agent':
        userAgent = value;
        break;
    }
  }
  if (traceparent === undefined && baggage === undefined) return { parent: undefined, baggage, userAgent };
  const found: Readonly<Record<string, string | undefined>> = { traceparent, tracestate, baggage };
  const context = extractContext((name) => found[name]);
  return { parent: context.parent, baggage: context.baggage, userAgent };
}

function join(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list},${value}`;
}
