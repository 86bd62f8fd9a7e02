/**
 * B3 (https://github.com/openzipkin/b3-propagation), in one header or in several. Either propagator reads both, the
 * single header first, and they write different ones
 * (https://opentelemetry.io/docs/specs/otel/context/api-propagators/#b3-extract).
 */
import { DEBUG, SAMPLED, type SpanContext, spanIdOf, traceIdOf } from '../record/span-context.js';
import type { HeaderReader, PropagatedContext, Propagator } from './propagator.js';
import { parseRemoteSpan } from './remote-span.js';

/** `b3: {trace id}-{span id}-{sampling state}-{parent span id}`, of which the last two may be missing. */
export const B3: Propagator = {
  fields: ['b3'],
  extract: extractB3,
  inject: ({ parent }, write) => {
    if (parent !== undefined) write('b3', `${traceIdOf(parent)}-${spanIdOf(parent)}-${stateOf(parent)}`);
  },
};

/** `x-b3-traceid`, `x-b3-spanid`, and `x-b3-sampled` or `x-b3-flags`. */
export const B3_MULTI: Propagator = {
  fields: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'],
  extract: extractB3,
  inject: ({ parent }, write) => {
    if (parent === undefined) return;
    write('x-b3-traceid', traceIdOf(parent));
    write('x-b3-spanid', spanIdOf(parent));
    // A debug flag implies that the trace is sampled, and is sent instead.
    if ((parent.traceFlags & DEBUG) !== 0) write('x-b3-flags', '1');
    else write('x-b3-sampled', stateOf(parent));
  },
};

function extractB3(header: HeaderReader): PropagatedContext {
  return { parent: singleHeader(header) ?? severalHeaders(header), baggage: undefined };
}

function singleHeader(header: HeaderReader): SpanContext | undefined {
  const [traceId = '', spanId = '', state = ''] = (header('b3') ?? '').split('-', 4);
  return spanOf(traceId, spanId, state);
}

function severalHeaders(header: HeaderReader): SpanContext | undefined {
  const state = header('x-b3-flags') === '1' ? 'd' : (header('x-b3-sampled') ?? '');
  return spanOf(header('x-b3-traceid') ?? '', header('x-b3-spanid') ?? '', state);
}

const FLAGS: Readonly<Record<string, number>> = { '1': SAMPLED, true: SAMPLED, d: SAMPLED | DEBUG };

/** A decision alone, without ids, names no parent. */
function spanOf(traceId: string, spanId: string, state: string): SpanContext | undefined {
  return parseRemoteSpan(traceId, spanId, Object.hasOwn(FLAGS, state) ? (FLAGS[state] as number) : 0);
}

function stateOf({ traceFlags }: SpanContext): string {
  if ((traceFlags & DEBUG) !== 0) return 'd';
  return (traceFlags & SAMPLED) === 0 ? '0' : '1';
}
