/** The request headers that a record needs. */
import type { IncomingHttpHeaders } from 'node:http2';
import { extractContext, hasOtherPropagators, type PropagatedContext } from '@porthole/core/internal';

/** The values of the headers of one request. */
export interface RequestHeaders extends PropagatedContext {
  readonly userAgent: string;
  /** Whether a body was announced. */
  readonly hasBody: boolean;
}

/**
 * Reads the flat list of names and values of an HTTP/1.1 request in one pass. Several `tracestate` or `baggage` headers
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
    // Most headers are skipped by their length alone.
    switch (name.length) {
      case 7:
        if (isNamed(name, 'baggage')) baggage = join(baggage, raw[i + 1] as string);
        break;
      case 10:
        // The first one wins, as in Node.js.
        if (userAgent === '' && isNamed(name, 'user-agent')) userAgent = raw[i + 1] as string;
        else if (isNamed(name, 'tracestate')) tracestate = join(tracestate, raw[i + 1] as string);
        break;
      case 11:
        // Two of them cannot both be the parent, so the trace starts here (Trace Context, section 3.2.1).
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

/** The value of a header by its lower-case name; several values are joined by commas. */
function joinedValue(raw: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const other = raw[i] as string;
    if (other.length === name.length && isNamed(other, name)) value = join(value, raw[i + 1] as string);
  }
  return value;
}

/** Reads the headers of an HTTP/2 stream. Node.js has already joined repeated ones by commas. */
export function readHttp2Headers(headers: IncomingHttpHeaders): RequestHeaders {
  const { parent, baggage } = extractContext((name) => textOf(headers[name]));
  return { parent, baggage, userAgent: textOf(headers['user-agent']) ?? '', hasBody: true };
}

/** Compares the first letter first: most names of the same length differ in it, which spares the lower-case copy. */
function isNamed(name: string, wanted: string): boolean {
  return (name.charCodeAt(0) | 0x20) === wanted.charCodeAt(0) && (name === wanted || name.toLowerCase() === wanted);
}

function join(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list},${value}`;
}

/** Takes the first of several values, which an application allows by `strictSingleValueFields: false`. */
export function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}
