/** AWS X-Ray (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader). */
import { SAMPLED, spanIdOf, traceIdOf } from '../record/span-context.js';
import type { Propagator } from './propagator.js';
import { parseRemoteSpan } from './remote-span.js';

const HEADER = 'x-amzn-trace-id';

/** `Root=1-{8 digits}-{24 digits};Parent={16 digits};Sampled={0 or 1}`, its parts in any order. */
export const XRAY: Propagator = {
  fields: [HEADER],
  extract: (header) => {
    const value = header(HEADER) ?? '';
    const root = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})\s*(?:;|$)/.exec(value);
    const parent = /(?:^|;)\s*Parent=([0-9a-f]{16})\s*(?:;|$)/.exec(value);
    const isSampled = /(?:^|;)\s*Sampled=1\s*(?:;|$)/.test(value);
    const traceId = root === null ? '' : `${root[1]}${root[2]}`;
    return { parent: parseRemoteSpan(traceId, parent?.[1] ?? '', isSampled ? SAMPLED : 0), baggage: undefined };
  },
  inject: ({ parent }, write) => {
    if (parent === undefined) return;
    const traceId = traceIdOf(parent);
    const sampled = (parent.traceFlags & SAMPLED) === 0 ? 0 : 1;
    write(HEADER, `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanIdOf(parent)};Sampled=${sampled}`);
  },
};
