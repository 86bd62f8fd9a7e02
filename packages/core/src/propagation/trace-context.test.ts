import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RANDOM, SAMPLED, type SpanContext, spanIdOf, traceFlagsOf, traceIdOf } from '../record/span-context.js';
import type { PropagatedContext } from './propagator.js';
import { extractContext, injectContext } from './propagators.js';
import { formatTraceparent, parseTraceparent } from './trace-context.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

describe('the traceparent header', () => {
  test.each([
    // The examples of Trace Context level 2, sections 3.2.2 and 3.2.3.
    [TRACEPARENT, TRACE_ID, SPAN_ID, SAMPLED],
    [`00-${TRACE_ID}-${SPAN_ID}-00`, TRACE_ID, SPAN_ID, 0],
    [
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      '0af7651916cd43dd8448eb211c80319c',
      'b7ad6b7169203331',
      SAMPLED,
    ],
    // The random flag of level 2 survives; flags that no version has named yet do not.
    [`00-${TRACE_ID}-${SPAN_ID}-02`, TRACE_ID, SPAN_ID, RANDOM],
    [`00-${TRACE_ID}-${SPAN_ID}-03`, TRACE_ID, SPAN_ID, SAMPLED | RANDOM],
    [`00-${TRACE_ID}-${SPAN_ID}-ff`, TRACE_ID, SPAN_ID, SAMPLED | RANDOM],
    // Later versions are read as far as version 00 goes.
    [`cc-${TRACE_ID}-${SPAN_ID}-01`, TRACE_ID, SPAN_ID, SAMPLED],
    [`cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-will-be-like`, TRACE_ID, SPAN_ID, SAMPLED],
    // One half of an id may be zero.
    [`00-0000000000000000000000000000000a-${SPAN_ID}-00`, '0000000000000000000000000000000a', SPAN_ID, 0],
  ])('%s is read', (header, traceId, spanId, flags) => {
    const context = parseTraceparent(header) as SpanContext;
    expect(traceIdOf(context)).toBe(traceId);
    expect(spanIdOf(context)).toBe(spanId);
    expect(context.traceFlags).toBe(flags);
  });

  test.each([
    ['an empty text', ''],
    ['one digit too few', TRACEPARENT.slice(0, -1)],
    ['more after version 00', `${TRACEPARENT}-extra`],
    ['two headers joined', `${TRACEPARENT}, ${TRACEPARENT}`],
    ['the forbidden version', `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ['a later version that goes on without a dash', `cc-${TRACE_ID}-${SPAN_ID}-01.what`],
    ['a version that is no hex', `0x-${TRACE_ID}-${SPAN_ID}-01`],
    ['an upper-case version', `CC-${TRACE_ID}-${SPAN_ID}-01`],
    ['an upper-case trace id', `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
    ['an upper-case span id', `00-${TRACE_ID}-${SPAN_ID.toUpperCase()}-01`],
    ['upper-case flags', `00-${TRACE_ID}-${SPAN_ID}-0B`],
    ['an all-zero trace id', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['an all-zero span id', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['other separators', TRACEPARENT.replaceAll('-', '_')],
    ['a space in front', ` ${TRACEPARENT}`],
    ['full-width digits', TRACEPARENT.replaceAll('0', '０')],
  ])('%s is refused', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(spanContexts(), (context) => {
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
      }),
    );
  });

  test('a header with one character changed is refused or names valid ids', () => {
    fc.assert(
      fc.property(fc.nat(TRACEPARENT.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const context = parseTraceparent(TRACEPARENT.slice(0, at) + character + TRACEPARENT.slice(at + 1));
        if (context !== undefined) expectValid(context);
      }),
    );
  });
});

describe('the tracestate header', () => {
  test.each([
    ['the example of the specification', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['white space around members', 'rojo=1 ,\t congo=2'],
    ['empty members', 'rojo=1,,congo=2,'],
    ['a key that starts with a digit (level 2)', '1a-2f@foo=bar1'],
    ['every character that keys may have', 'abcdefghijklmnopqrstuvwxyz0123456789_-*/@=1'],
    ['the longest key and value', `${'k'.repeat(256)}=${'v'.repeat(256)}`],
    ['spaces inside a value', 'rojo=a b'],
    ['32 members', memberList(32)],
  ])('%s is passed on as it is', (_, tracestate) => {
    expect(extracted({ tracestate }).parent?.traceState).toBe(tracestate);
  });

  test.each([
    ['nothing but commas', ' , ,'],
    ['33 members', memberList(33)],
    ['a key that is too long', `rojo=1,${'k'.repeat(257)}=1`],
    ['a value that is too long', `rojo=1,congo=${'v'.repeat(257)}`],
    ['an upper-case key', 'rojo=1,Congo=2'],
    ['a space in a key', 'con go=1'],
    ['a member without a value', 'rojo=1,congo'],
    ['an empty value', 'rojo='],
    ['a second equals sign', 'rojo=1=2'],
    ['a line break', 'rojo=1\r\nset-cookie: a=b'],
    ['a line break at the end', 'rojo=1\n'],
    ['characters beyond ASCII', 'rojo=ü'],
    ['a megabyte', `rojo=1${','.repeat(1 << 20)}`],
  ])('%s drops the list as a whole, and keeps the trace', (_, tracestate) => {
    const context = extracted({ tracestate }).parent;
    expect(context?.traceState).toBeUndefined();
    expect(traceIdOf(context as SpanContext)).toBe(TRACE_ID);
  });
});

describe('the baggage header', () => {
  test.each([['userId=Am%C3%A9lie'], ['a=1;property=2, b=2'], ['__proto__=1'], ['empty=']])(
    '%s is passed on as it is',
    (baggage) => {
      expect(extracted({ baggage }).baggage).toBe(baggage);
    },
  );

  test.each([
    ['a line break', 'a=1\r\nb: c'],
    ['characters beyond ASCII', 'a=ü'],
    ['more than 8192 bytes', `a=${'1'.repeat(8192)}`],
    ['nothing', ''],
  ])('%s drops it', (_, baggage) => {
    expect(extracted({ baggage }).baggage).toBeUndefined();
  });
});

test('without a valid traceparent, tracestate is not used, and baggage is passed on all the same', () => {
  const others: Record<string, string> = { tracestate: 'rojo=1', baggage: 'a=1' };
  const withoutParent = { parent: undefined, baggage: 'a=1' };
  expect(extractContext((name) => others[name])).toEqual(withoutParent);
  expect(extractContext((name) => others[name] ?? 'nonsense')).toEqual(withoutParent);
  const headers: string[] = [];
  injectContext(withoutParent, (name, value) => headers.push(`${name}: ${value}`));
  expect(headers).toEqual(['baggage: a=1']);
});

test('a parent that was extracted is remote', () => {
  expect(extracted({}).parent?.isRemote).toBe(true);
});

test('what is injected is extracted again', () => {
  fc.assert(
    fc.property(fc.option(spanContexts(), { nil: undefined }), fc.boolean(), (ids, withLists) => {
      const traceState = withLists ? 'rojo=1' : undefined;
      const context = { parent: ids && { ...ids, traceState }, baggage: withLists ? 'a=%20' : undefined };
      const headers: Record<string, string> = {};
      injectContext(context, (name, value) => {
        headers[name] = value;
      });
      expect(extractContext((name) => headers[name])).toEqual(context);
    }),
  );
});

test('hostile headers never throw, and what comes of them is always fit to be sent', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('__proto__', '\r\n', 'a=\u0000', ','.repeat(100_000), '='.repeat(100_000)),
  );
  const traceparents = fc.oneof(
    hostile,
    fc.constant(TRACEPARENT),
    hostile.map((tail) => `cc${TRACEPARENT.slice(2)}-${tail}`),
  );
  fc.assert(
    fc.property(traceparents, hostile, hostile, (traceparent, tracestate, baggage) => {
      const headers: Record<string, string> = { traceparent, tracestate, baggage };
      const context = extractContext((name) => headers[name]);
      if (context.parent !== undefined) expectValid(context.parent);
      injectContext(context, (_, value) => expect(value).toMatch(/^[\t\x20-\x7e]+$/));
    }),
  );
});

function extracted(headers: Readonly<Record<string, string>>): PropagatedContext {
  return extractContext((name) => (name === 'traceparent' ? TRACEPARENT : headers[name]));
}

function memberList(length: number): string {
  return Array.from({ length }, (_, i) => `k${i}=v`).join(',');
}

function expectValid(context: SpanContext): void {
  expect(traceIdOf(context)).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  expect(spanIdOf(context)).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  expect(traceFlagsOf(context)).toMatch(/^0[0-3]$/);
}

function spanContexts(): fc.Arbitrary<SpanContext> {
  const word = fc.integer();
  const nonZero = fc.integer().filter((value) => value !== 0);
  return fc.record({
    traceId0: word,
    traceId1: word,
    traceId2: nonZero,
    traceId3: word,
    spanId0: word,
    spanId1: nonZero,
    traceFlags: fc.constantFrom(0, SAMPLED, RANDOM, SAMPLED | RANDOM),
    traceState: fc.constant(undefined),
    isRemote: fc.constant(true),
  });
}
