/** B3 (https://github.com/openzipkin/b3-propagation), in one header or in several. */
import { DEBUG, SAMPLED, type SpanContext, spanIdOf, traceIdOf } from '../span-context.js';
import type { Propagator } from './propagator.js';
import { parseRemoteSpan } from './remote-span.js';

/** `b3: {trace id}-{span id}-{sampling state}-{parent span id}`, of which the last two may be missing. */
export const B3: Propagator = {
  fields: ['b3'],
  extract: (header) => {
    const [traceId = '', spanId = '', state = ''] = (header('b3') ?? '').split('-', 4);
    return { parent: spanOf(traceId, spanId, state), baggage: undefined };
  },
  inject: ({ parent }, write) => {
    if (parent !== undefined) write('b3', `${traceIdOf(parent)}-${spanIdOf(parent)}-${stateOf(parent)}`);
  },
};

/** `x-b3-traceid`, `x-b3-spanid`, and `x-b3-sampled` or `x-b3-flags`. */
export const B3_MULTI: Propagator = {
  fields: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'],
  extract: (header) => {
    const state = header('x-b3-flags') === '1' ? 'd' : (header('x-b3-sampled') ?? '');
    return { parent: spanOf(header('x-b3-traceid') ?? '', header('x-b3-spanid') ?? '', state), baggage: undefined };
  },
  inject: ({ parent }, write) => {
    if (parent === undefined) return;
    write('x-b3-traceid', traceIdOf(parent));
    write('x-b3-spanid', spanIdOf(parent));
    // A debug flag implies that the trace is sampled, and is sent instead.
    if ((parent.traceFlags & DEBUG) !== 0) write('x-b3-flags', '1');
    else write('x-b3-sampled', stateOf(parent));
  },
};

const FLAGS: Readonly<Record<string, number>> = { '1': SAMPLED, true: SAMPLED, d: SAMPLED | DEBUG };

/** A decision alone, without ids, names no parent. */
function spanOf(traceId: string, spanId: string, state: string): SpanContext | undefined {
  return parseRemoteSpan(traceId, spanId, Object.hasOwn(FLAGS, state) ? (FLAGS[state] as number) : 0);
}

function stateOf({ traceFlags }: SpanContext): string {
  if ((traceFlags & DEBUG) !== 0) return 'd';
  return (traceFlags & SAMPLED) === 0 ? '0' : '1';
}
