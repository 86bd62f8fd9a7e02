/** Ids as formats before the W3C's have them. */
import type { SpanContext } from '../span-context.js';
import { hexToInt } from './hex-to-int.js';

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;

/**
 * The remote span with these ids, in hex digits of any case; undefined where they are not valid. Shorter ids are padded on the left,
 * as those of 64 bits have to be.
 */
export function parseIds(traceId: string, spanId: string, traceFlags: number): SpanContext | undefined {
  if (traceId === '' || traceId.length > TRACE_ID_DIGITS) return undefined;
  if (spanId === '' || spanId.length > SPAN_ID_DIGITS) return undefined;
  const trace = traceId.toLowerCase().padStart(TRACE_ID_DIGITS, '0');
  const span = spanId.toLowerCase().padStart(SPAN_ID_DIGITS, '0');
  const words = [0, 8, 16, 24].map((start) => hexToInt(trace, start, 8));
  const spanWords = [0, 8].map((start) => hexToInt(span, start, 8));
  if ([...words, ...spanWords].some((word) => word < 0)) return undefined;
  if (words.every((word) => word === 0) || spanWords.every((word) => word === 0)) return undefined;
  const [traceId0 = 0, traceId1 = 0, traceId2 = 0, traceId3 = 0] = words;
  const [spanId0 = 0, spanId1 = 0] = spanWords;
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
