/**
 * Jaeger (https://www.jaegertracing.io/sdk-migration/#propagation-format):
 * `uber-trace-id: {trace id}:{span id}:{parent}:{flags}`.
 */
import { DEBUG, SAMPLED, spanIdOf, traceIdOf } from '../record/span-context.js';
import type { Propagator } from './propagator.js';
import { parseRemoteSpan } from './remote-span.js';

/** Jaeger's own bits of its flags. */
const JAEGER_SAMPLED = 1;
const JAEGER_DEBUG = 2;

export const JAEGER: Propagator = {
  fields: ['uber-trace-id'],
  extract: (header) => {
    // Some senders encode the colons.
    const value = (header('uber-trace-id') ?? '').replaceAll(/%3a/gi, ':');
    const [traceId = '', spanId = '', , flagsText = ''] = value.split(':', 5);
    const flags = /^[0-9a-f]{1,2}$/i.test(flagsText) ? Number.parseInt(flagsText, 16) : 0;
    const isDebug = (flags & JAEGER_DEBUG) !== 0;
    const isSampled = isDebug || (flags & JAEGER_SAMPLED) !== 0;
    return {
      parent: parseRemoteSpan(traceId, spanId, (isSampled ? SAMPLED : 0) | (isDebug ? DEBUG : 0)),
      baggage: undefined,
    };
  },
  inject: ({ parent }, write) => {
    if (parent === undefined) return;
    const isDebug = (parent.traceFlags & DEBUG) !== 0;
    const flags = ((parent.traceFlags & SAMPLED) === 0 ? 0 : JAEGER_SAMPLED) | (isDebug ? JAEGER_DEBUG : 0);
    write('uber-trace-id', `${traceIdOf(parent)}:${spanIdOf(parent)}:0:0${flags}`);
  },
};
