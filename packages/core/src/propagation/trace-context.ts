/** The W3C Trace Context headers (https://www.w3.org/TR/trace-context-2/). */
import { RANDOM, SAMPLED, type SpanContext, spanIdOf, traceFlagsOf, traceIdOf } from '../record/span-context.js';
import type { Propagator } from './propagator.js';
import { hexToInt, readRemoteSpan } from './remote-span.js';

/** `traceparent` and `tracestate`. */
export const TRACE_CONTEXT: Propagator = {
  fields: ['traceparent', 'tracestate'],
  /**
   * No parent if `traceparent` is missing or not valid: then the trace starts here, and `tracestate` must not be
   * used (section 3.3).
   */
  extract: (header) => {
    const traceparent = header('traceparent');
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    return { parent: parent && { ...parent, traceState: readTracestate(header('tracestate')) }, baggage: undefined };
  },
  inject: ({ parent }, write) => {
    if (parent === undefined) return;
    write('traceparent', formatTraceparent(parent));
    if (parent.traceState !== undefined) write('tracestate', parent.traceState);
  },
};

/** `context` as a `traceparent` header of version 00. */
export function formatTraceparent(context: SpanContext): string {
  return `00-${traceIdOf(context)}-${spanIdOf(context)}-${traceFlagsOf(context)}`;
}

const TRACEPARENT_LENGTH = 55;

/**
 * The remote parent that a `traceparent` header names, or `undefined` if it is not valid (section 3.2.2 and, for
 * later versions, section 4).
 */
export function parseTraceparent(header: string): SpanContext | undefined {
  if (header.length < TRACEPARENT_LENGTH) return undefined;
  const version = hexToInt(header, 0, 2);
  if (version < 0 || version === 0xff) return undefined;
  if (header.length > TRACEPARENT_LENGTH && (version === 0 || header[TRACEPARENT_LENGTH] !== '-')) return undefined;
  if (header[2] !== '-' || header[35] !== '-' || header[52] !== '-') return undefined;

  const flags = hexToInt(header, 53, 2);
  return flags < 0 ? undefined : readRemoteSpan(header, 3, 36, flags & (SAMPLED | RANDOM));
}

const TRACESTATE_MAX_MEMBERS = 32;
const TRACESTATE_MAX_CHARACTERS = 8192;
const TRACESTATE_MEMBER =
  /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** The list as it arrived, or nothing of it if one member is not valid or there are too many (section 3.3.1). */
function readTracestate(value: string | undefined): string | undefined {
  if (value === undefined || value.length > TRACESTATE_MAX_CHARACTERS) return undefined;
  let members = 0;
  for (const part of value.split(',')) {
    const member = trimSpaceAndTab(part);
    if (member === '') continue;
    members++;
    if (members > TRACESTATE_MAX_MEMBERS || !TRACESTATE_MEMBER.test(member)) return undefined;
  }
  return members === 0 ? undefined : value;
}

/** Removes the white space that HTTP allows around a member, and nothing else: `trim()` would take line breaks too. */
function trimSpaceAndTab(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceOrTab(text.charCodeAt(start))) start++;
  while (end > start && isSpaceOrTab(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpaceOrTab(code: number): boolean {
  return code === 32 || code === 9;
}
