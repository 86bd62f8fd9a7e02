/**
 * The context that one unit of work passes to the next: the W3C trace context. Ids are kept as signed 32-bit integers,
 * since most are never shown to anybody; hex strings are made when somebody asks.
 */

/** The identity of a span. A `WorkRecord` is one, and so is the context of a `traceparent` header. */
export interface SpanContext {
  readonly traceId0: number;
  readonly traceId1: number;
  readonly traceId2: number;
  readonly traceId3: number;
  readonly spanId0: number;
  readonly spanId1: number;
  /** The W3C trace flags, `SAMPLED` and `RANDOM`, or'ed, and `DEBUG`. */
  readonly traceFlags: number;
  /** The `tracestate` list as it arrived, or none. */
  readonly traceState: string | undefined;
  /** Whether it came from another process. */
  readonly isRemote: boolean;
}

/** Trace flag: somebody upstream records this trace (Trace Context, section 3.2.2.5.1). */
export const SAMPLED = 0x01;

/** Trace flag: the right-most 7 bytes of the trace id are random (Trace Context level 2, section 3.2.2.5.2). */
export const RANDOM = 0x02;

/**
 * Beyond the trace flags: the caller asked for this trace to be looked at (B3, Jaeger). Sent on in formats that know
 * it.
 */
export const DEBUG = 0x10000;

/** The trace id as 32 lower-case hex digits. */
export function traceIdOf(context: SpanContext): string {
  return hex8(context.traceId0) + hex8(context.traceId1) + hex8(context.traceId2) + hex8(context.traceId3);
}

/** The span id as 16 lower-case hex digits. */
export function spanIdOf(context: SpanContext): string {
  return hex8(context.spanId0) + hex8(context.spanId1);
}

/** The trace flags as 2 lower-case hex digits. */
export function traceFlagsOf(context: SpanContext): string {
  return HEX_OF_BYTE[context.traceFlags & 0xff] as string;
}

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex8(value: number): string {
  return (
    (HEX_OF_BYTE[value >>> 24] as string) +
    HEX_OF_BYTE[(value >>> 16) & 0xff] +
    HEX_OF_BYTE[(value >>> 8) & 0xff] +
    HEX_OF_BYTE[value & 0xff]
  );
}

/**
 * Whether two contexts are of one span. Some formats have only the right half of the trace id; then only that half is
 * compared.
 */
export function isSameSpan(one: SpanContext, other: SpanContext): boolean {
  return (
    one.spanId0 === other.spanId0 &&
    one.spanId1 === other.spanId1 &&
    one.traceId2 === other.traceId2 &&
    one.traceId3 === other.traceId3 &&
    (isHalf(one) || isHalf(other) || (one.traceId0 === other.traceId0 && one.traceId1 === other.traceId1))
  );
}

function isHalf({ traceId0, traceId1 }: SpanContext): boolean {
  return traceId0 === 0 && traceId1 === 0;
}
