/** The few request headers that a record needs, found in one pass over `rawHeaders`. */
import type { IncomingMessage } from 'node:http';
import type { SpanContext } from '@porthole/core';
import { extractSpanContext } from '@porthole/core/internal';

/** What the headers of one request say. */
export interface RequestHeaders {
  readonly parent: SpanContext | undefined;
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
  if (traceparent === undefined) return { parent: undefined, userAgent };
  const found: Readonly<Record<string, string | undefined>> = { traceparent, tracestate, baggage };
  return { parent: extractSpanContext((name) => found[name]), userAgent };
}

function join(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list},${value}`;
}
