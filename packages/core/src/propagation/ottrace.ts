/** The headers of OpenTracing's basic tracers, which the OpenTelemetry specification calls `ottrace`. */
import { SAMPLED, spanIdOf, traceIdOf } from '../record/span-context.js';
import type { Propagator } from './propagator.js';
import { parseRemoteSpan } from './remote-span.js';

export const OTTRACE: Propagator = {
  fields: ['ot-tracer-traceid', 'ot-tracer-spanid', 'ot-tracer-sampled'],
  extract: (header) => {
    const isSampled = header('ot-tracer-sampled') === 'true';
    return {
      parent: parseRemoteSpan(
        header('ot-tracer-traceid') ?? '',
        header('ot-tracer-spanid') ?? '',
        isSampled ? SAMPLED : 0,
      ),
      baggage: undefined,
    };
  },
  inject: ({ parent }, write) => {
    if (parent === undefined) return;
    // Those tracers have ids of 64 bits.
    write('ot-tracer-traceid', traceIdOf(parent).slice(16));
    write('ot-tracer-spanid', spanIdOf(parent));
    write('ot-tracer-sampled', (parent.traceFlags & SAMPLED) === 0 ? 'false' : 'true');
  },
};
