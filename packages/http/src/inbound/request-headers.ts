/** The few request headers that a record needs. */
import type { IncomingHttpHeaders } from 'node:http2';
import { extractContext, hasOtherPropagators, type PropagatedContext } from '@porthole/core/internal';

/** What the headers of one request say. */
export interface RequestHeaders extends PropagatedContext {
  readonly userAgent: string;
  /** Whether a body was announced. */
  readonly hasBody: boolean;
}

/**
 * Reads the flat list of names and values that HTTP/1.1 requests have, in one pass. Several `tracestate` or `baggage` headers
 * count as one list, joined by commas.
 */
export function readRawHeaders(raw: readonly string[]): RequestHeaders {
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  let baggage: string | undefined;
  let userAgent = '';
  let hasBody = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    // Most headers are passed over by their length alone.
    switch (name.length) {
      case 7:
        if (isNamed(name, 'baggage')) baggage = join(baggage, raw[i + 1] as string);
        break;
      case 10:
        // The first one, as Node.js has it.
        if (userAgent === '' && isNamed(name, 'user-agent')) userAgent = raw[i + 1] as string;
        else if (isNamed(name, 'tracestate')) tracestate = join(tracestate, raw[i + 1] as string);
        break;
      case 11:
        // Two of them cannot both be the parent: the trace starts here (Trace Context, section 3.2.1).
        if (isNamed(name, 'traceparent')) traceparent = traceparent === undefined ? (raw[i + 1] as string) : '';
        break;
      case 14:
        if (isNamed(name, 'content-length')) hasBody = true;
        break;
      case 17:
        if (isNamed(name, 'transfer-encoding')) hasBody = true;
        break;
    }
  }
  if (hasOtherPropagators()) return { ...extractContext((name) => joinedValue(raw, name)), userAgent, hasBody };
  if (traceparent === undefined && baggage === undefined) return { parent: undefined, baggage, userAgent, hasBody };
  const found: Readonly<Record<string, string | undefined>> = { traceparent, tracestate, baggage };
  const context = extractContext((name) => found[name]);
  return { parent: context.parent, baggage: context.baggage, userAgent, hasBody };
}

/** The value of a header by its lower-case name, those of several joined by commas. */
function joinedValue(raw: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const other = raw[i] as string;
    if (other.length === name.length && isNamed(other, name)) value = join(value, raw[i + 1] as string);
  }
  return value;
}

/** Reads the headers of an HTTP/2 stream, which Node.js has joined by commas already. */
export function readHttp2Headers(headers: IncomingHttpHeaders): RequestHeaders {
  const { parent, baggage } = extractContext((name) => textOf(headers[name]));
  return { parent, baggage, userAgent: textOf(headers['user-agent']) ?? '', hasBody: true };
}

/** The first letter tells most names of one length apart, and spares the rest the copy in lower case. */
function isNamed(name: string, wanted: string): boolean {
  return (name.charCodeAt(0) | 0x20) === wanted.charCodeAt(0) && (name === wanted || name.toLowerCase() === wanted);
}

function join(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list},${value}`;
}

/** A list where the application lets single-value headers come more than once (`strictSingleValueFields: false`). */
export function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}
