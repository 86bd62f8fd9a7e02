/** The ids of a span that is in another process, as headers have them: hex digits. */
import type { SpanContext } from '../record/span-context.js';

/**
 * The remote span whose trace id, 32 lower-case hex digits, stands at `traceIdAt` of `text`, and whose span id, 16 of
 * them, at `spanIdAt`; undefined if they are not valid or all zero.
 */
export function readRemoteSpan(
  text: string,
  traceIdAt: number,
  spanIdAt: number,
  traceFlags: number,
): SpanContext | undefined {
  const traceId0 = hexToInt(text, traceIdAt, 8);
  const traceId1 = hexToInt(text, traceIdAt + 8, 8);
  const traceId2 = hexToInt(text, traceIdAt + 16, 8);
  const traceId3 = hexToInt(text, traceIdAt + 24, 8);
  const spanId0 = hexToInt(text, spanIdAt, 8);
  const spanId1 = hexToInt(text, spanIdAt + 8, 8);
  if (traceId0 < 0 || traceId1 < 0 || traceId2 < 0 || traceId3 < 0 || spanId0 < 0 || spanId1 < 0) return undefined;
  if (traceId0 === 0 && traceId1 === 0 && traceId2 === 0 && traceId3 === 0) return undefined;
  if (spanId0 === 0 && spanId1 === 0) return undefined;
  return {
    traceId0: traceId0 | 0,
    traceId1: traceId1 | 0,
    traceId2: traceId2 | 0,
    traceId3: traceId3 | 0,
    spanId0: spanId0 | 0,
    spanId1: spanId1 | 0,
    traceFlags,
    traceState: undefined,
    isRemote: true,
  };
}

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;

/**
 * The same of ids that stand apart and have hex digits of any case. Shorter ones are padded on the left, as those of 64
 * bits have to be.
 */
export function parseRemoteSpan(traceId: string, spanId: string, traceFlags: number): SpanContext | undefined {
  if (traceId.length > TRACE_ID_DIGITS || spanId.length > SPAN_ID_DIGITS) return undefined;
  const text = traceId.padStart(TRACE_ID_DIGITS, '0') + spanId.padStart(SPAN_ID_DIGITS, '0');
  return readRemoteSpan(text.toLowerCase(), 0, TRACE_ID_DIGITS, traceFlags);
}

/** `length` lower-case hex digits from `start` as an unsigned integer, or -1 if one of them is not. */
export function hexToInt(text: string, start: number, length: number): number {
  let value = 0;
  for (let i = start; i < start + length; i++) {
    const code = text.charCodeAt(i);
    let digit: number;
    if (code >= 48 && code <= 57) digit = code - 48;
    else if (code >= 97 && code <= 102) digit = code - 87;
    else return -1;
    value = value * 16 + digit;
  }
  return value;
}
