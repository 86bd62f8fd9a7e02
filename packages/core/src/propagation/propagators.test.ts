import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { PROPAGATORS, type PropagatorName } from '../config/config.js';
import { DEBUG, SAMPLED, spanIdOf, traceIdOf } from '../record/span-context.js';
import { WorkRecord } from '../record/work-record.js';
import { choosePropagators, extractContext, injectContext, propagationFields } from './propagators.js';
import { parseTraceparent } from './trace-context.js';

afterEach(() => choosePropagators(['tracecontext', 'baggage']));

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const OTHER_ID = 'a3ce929d0e0e4736a3ce929d0e0e4736';
const SPAN_ID = 'b7ad6b7169203331';
const parentWith = (flags: string) => parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-${flags}`);

function injected(names: readonly PropagatorName[], flags = '01', baggage?: string): Record<string, string> {
  choosePropagators(names);
  const headers: Record<string, string> = {};
  injectContext({ parent: parentWith(flags), baggage }, (name, value) => {
    headers[name] = value;
  });
  return headers;
}

function extracted(names: readonly PropagatorName[], headers: Readonly<Record<string, string>>) {
  choosePropagators(names);
  const { parent, baggage } = extractContext((name) => headers[name]);
  return {
    ids: parent && `${traceIdOf(parent)} ${spanIdOf(parent)}`,
    sampled: parent && (parent.traceFlags & SAMPLED) !== 0,
    debug: parent && (parent.traceFlags & DEBUG) !== 0,
    baggage,
  };
}

describe('what is written', () => {
  test.each<[PropagatorName, string, Record<string, string>]>([
    ['tracecontext', '01', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` }],
    ['b3', '01', { b3: `${TRACE_ID}-${SPAN_ID}-1` }],
    ['b3', '00', { b3: `${TRACE_ID}-${SPAN_ID}-0` }],
    ['b3multi', '01', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' }],
    ['b3multi', '00', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '0' }],
    ['jaeger', '01', { 'uber-trace-id': `${TRACE_ID}:${SPAN_ID}:0:01` }],
    ['jaeger', '00', { 'uber-trace-id': `${TRACE_ID}:${SPAN_ID}:0:00` }],
    ['xray', '01', { 'x-amzn-trace-id': `Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=${SPAN_ID};Sampled=1` }],
    [
      'ottrace',
      '01',
      { 'ot-tracer-traceid': '8448eb211c80319c', 'ot-tracer-spanid': SPAN_ID, 'ot-tracer-sampled': 'true' },
    ],
  ])('%s with flags %s', (name, flags, headers) => {
    expect(injected([name], flags)).toEqual(headers);
    expect(propagationFields()).toEqual(expect.arrayContaining(Object.keys(headers)));
  });

  test('is one of each format that is chosen, and baggage only where it is', () => {
    expect(Object.keys(injected(['tracecontext', 'b3', 'baggage'], '01', 'a=1'))).toEqual([
      'traceparent',
      'b3',
      'baggage',
    ]);
    expect(injected(['b3'], '01', 'a=1')).not.toHaveProperty('baggage');
    expect(injected([], '01', 'a=1')).toEqual({});
    expect(injected(['baggage', 'tracecontext'], '01', 'a=1')).toEqual({
      traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`,
      baggage: 'a=1',
    });
  });
});

describe('what is read', () => {
  const IDS = `${TRACE_ID} ${SPAN_ID}`;
  test.each<[PropagatorName, Record<string, string>, string | undefined, boolean | undefined]>([
    ['b3', { b3: `${TRACE_ID}-${SPAN_ID}-1-05e3ac9a4f6e3b90` }, IDS, true],
    ['b3', { b3: `${TRACE_ID}-${SPAN_ID}-0` }, IDS, false],
    ['b3', { b3: `${TRACE_ID}-${SPAN_ID}` }, IDS, false],
    ['b3', { b3: `${TRACE_ID.toUpperCase()}-${SPAN_ID}-1` }, IDS, true],
    ['b3', { b3: `8448eb211c80319c-${SPAN_ID}-1` }, `00000000000000008448eb211c80319c ${SPAN_ID}`, true],
    ['b3', { b3: '0' }, undefined, undefined],
    ['b3', { b3: `${'0'.repeat(32)}-${SPAN_ID}-1` }, undefined, undefined],
    ['b3', { b3: `${TRACE_ID}x-${SPAN_ID}-1` }, undefined, undefined],
    ['b3', { b3: `${TRACE_ID}-${SPAN_ID}-__proto__` }, IDS, false],
    ['b3multi', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': 'true' }, IDS, true],
    ['b3multi', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID }, IDS, false],
    ['b3multi', { 'x-b3-sampled': '1' }, undefined, undefined],
    // Whoever is asked for one of the two reads both.
    ['b3', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' }, IDS, true],
    ['b3multi', { b3: `${TRACE_ID}-${SPAN_ID}-1` }, IDS, true],
    ['b3multi', { b3: `${TRACE_ID}-${SPAN_ID}-1`, 'x-b3-traceid': OTHER_ID, 'x-b3-spanid': SPAN_ID }, IDS, true],
    ['b3', { b3: 'no', 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' }, IDS, true],
    ['jaeger', { 'uber-trace-id': `${TRACE_ID}:${SPAN_ID}:0:1` }, IDS, true],
    ['jaeger', { 'uber-trace-id': `${TRACE_ID}%3A${SPAN_ID}%3A0%3A00` }, IDS, false],
    ['jaeger', { 'uber-trace-id': `1:2:0:1` }, `${'1'.padStart(32, '0')} ${'2'.padStart(16, '0')}`, true],
    ['jaeger', { 'uber-trace-id': `${TRACE_ID}:0:0:1` }, undefined, undefined],
    [
      'xray',
      { 'x-amzn-trace-id': `Self=1-2-3; Sampled=1;Parent=${SPAN_ID};Root=1-0af76519-16cd43dd8448eb211c80319c` },
      IDS,
      true,
    ],
    ['xray', { 'x-amzn-trace-id': 'Root=1-0af76519-16cd43dd8448eb211c80319c' }, undefined, undefined],
    [
      'ottrace',
      { 'ot-tracer-traceid': TRACE_ID, 'ot-tracer-spanid': SPAN_ID, 'ot-tracer-sampled': 'false' },
      IDS,
      false,
    ],
  ])('%s: %j', (name, headers, ids, sampled) => {
    expect(extracted([name], headers)).toMatchObject({ ids, sampled });
  });

  test('is that of the last format that names a parent', () => {
    const headers = {
      traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`,
      b3: `${TRACE_ID}-00f067aa0ba902b7-0`,
      baggage: 'a=1',
    };
    expect(extracted(['tracecontext', 'b3', 'baggage'], headers)).toMatchObject({
      ids: `${TRACE_ID} 00f067aa0ba902b7`,
      baggage: 'a=1',
    });
    expect(extracted(['b3', 'tracecontext'], headers)).toMatchObject({ ids: IDS, baggage: undefined });
    expect(extracted(['tracecontext', 'b3'], { ...headers, b3: '0' }).ids).toBe(IDS);
    expect(extracted([], headers).ids).toBeUndefined();
  });
});

test('a debug flag is sampled, and goes on in the formats that know it', () => {
  for (const [name, headers] of [
    ['b3', { b3: `${TRACE_ID}-${SPAN_ID}-d` }],
    ['b3multi', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-flags': '1' }],
    ['jaeger', { 'uber-trace-id': `${TRACE_ID}:${SPAN_ID}:0:3` }],
  ] as const) {
    expect(extracted([name], headers)).toMatchObject({ sampled: true, debug: true });
  }
  choosePropagators(['b3', 'b3multi', 'jaeger', 'tracecontext']);
  const { parent } = extractContext((header) => ({ b3: `${TRACE_ID}-${SPAN_ID}-d` })[header]);
  const child = new WorkRecord('client', '', parent);
  const written: Record<string, string> = {};
  injectContext({ parent: child, baggage: undefined }, (header, value) => {
    written[header] = value;
  });
  expect(written).toEqual({
    b3: `${TRACE_ID}-${spanIdOf(child)}-d`,
    'x-b3-traceid': TRACE_ID,
    'x-b3-spanid': spanIdOf(child),
    'x-b3-flags': '1',
    'uber-trace-id': `${TRACE_ID}:${spanIdOf(child)}:0:03`,
    traceparent: `00-${TRACE_ID}-${spanIdOf(child)}-01`,
  });
});

test('every format reads what it writes; hostile headers never throw, and nothing comes of them that cannot be sent', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ unit: fc.constantFrom(...'01af-:;=,% Rootdn'), maxLength: 100 }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...PROPAGATORS), hostile, (name, value) => {
      choosePropagators([name]);
      const context = extractContext(() => value);
      const headers: Record<string, string> = {};
      injectContext(context, (header, text) => {
        headers[header] = text;
      });
      for (const text of Object.values(headers)) expect(text).toMatch(/^[\t\x20-\x7e]*$/);
      if (context.parent === undefined) return;
      const again = extractContext((header) => headers[header]).parent;
      expect(again && spanIdOf(again)).toBe(spanIdOf(context.parent));
      // Formats of 64 bits keep the half that they have.
      expect(again && traceIdOf(again).slice(16)).toBe(traceIdOf(context.parent).slice(16));
    }),
    { numRuns: 500 },
  );
});
