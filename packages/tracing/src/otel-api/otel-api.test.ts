import {
  type Attributes,
  context,
  createContextKey,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  activeRecord,
  activeSpanContext,
  addObserver,
  runOutsideContext,
  spanIdOf,
  traceIdOf,
  type WorkRecord,
  withRecord,
} from '@porthole/core/internal';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Collector, reply, startCollector } from '../testing/collector.js';
import { type DecodedSpan, spansOf } from '../testing/decode-traces.js';
import { createTracing } from '../tracing.js';
import type { Tracing } from '../tracing-service.js';
import { formatBaggage, parseBaggage } from './baggage-list.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03';

let collector: Collector;
let tracing: Tracing;
let removeObservers: (() => void)[];
let seen: WorkRecord[];

beforeEach(async () => {
  collector = await startCollector((response) => reply(response, 200));
  tracing = createTracing({
    resource: { 'service.name': 'orders' },
    serviceName: 'orders',
    endpoint: collector.url,
    sampler: 'parentbased_always_on',
    samplerRatio: 1,
    exportIntervalMs: 3_600_000,
  });
  tracing.register();
  seen = [];
  removeObservers = [
    addObserver(tracing.observer),
    addObserver({ component: 'test', end: (record) => void seen.push(record) }),
  ];
});
afterEach(async () => {
  for (const remove of removeObservers) remove();
  await tracing.close();
  await collector.close();
});

const exported = async (): Promise<DecodedSpan[]> => {
  await tracing.flush(10_000);
  return collector.requests.flatMap(({ body }) => spansOf(body));
};
const byName = (spans: readonly DecodedSpan[], name: string): DecodedSpan => {
  const found = spans.filter((span) => span.name === name);
  expect(found.length).toBe(1);
  return found[0] as DecodedSpan;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the context', () => {
  test('is the root context outside of all work, and has the span of the record inside', () => {
    expect(context.active()).toBe(ROOT_CONTEXT);
    expect(trace.getActiveSpan()).toBeUndefined();
    withRecord({ name: 'job' }, (record) => {
      const span = trace.getActiveSpan();
      expect(span?.spanContext()).toEqual({
        traceId: traceIdOf(record),
        spanId: spanIdOf(record),
        traceFlags: record.traceFlags,
      });
      expect(trace.getActiveSpan()).toBe(span);
      expect(span?.isRecording()).toBe(true);
    });
  });

  test('follows awaits, and does not mix concurrent work up', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(
      names.map((name) =>
        withRecord({ name }, async (record) => {
          for (let i = 0; i < 10; i++) {
            await turn();
            expect(trace.getActiveSpan()?.spanContext().spanId).toBe(spanIdOf(record));
          }
        }),
      ),
    );
  });

  test('set by context.with holds for what it runs, with its values, and makes its span the active record', async () => {
    const KEY = createContextKey('test');
    await withRecord({ name: 'job' }, async (record) => {
      await context.with(context.active().setValue(KEY, 1), async () => {
        await turn();
        expect(context.active().getValue(KEY)).toBe(1);
        expect(activeRecord()).toBe(record);
        await withRecord({ name: 'inner' }, async (inner) => {
          await turn();
          expect(context.active().getValue(KEY)).toBe(1);
          expect(trace.getActiveSpan()?.spanContext().spanId).toBe(spanIdOf(inner));
        });
      });
      expect(context.active().getValue(KEY)).toBeUndefined();

      const span = tracing.tracer.startSpan('child');
      const result = context.with(
        trace.setSpan(context.active(), span),
        function (this: unknown, ...args: unknown[]) {
          expect(spanIdOf(activeRecord() as WorkRecord)).toBe(span.spanContext().spanId);
          return [this, ...args];
        },
        'self',
        1,
        2,
      );
      expect(result).toEqual(['self', 1, 2]);
      expect(activeRecord()).toBe(record);
    });
  });

  test('is where work that begins in it comes from: no trace, another trace, a span of somebody else', async () => {
    const begin = (): Promise<WorkRecord> => withRecord({ name: 'inner' }, async (inner) => inner);
    await withRecord({ name: 'job', carrier: { baggage: 'a=1' } }, async (record) => {
      const root = await context.with(ROOT_CONTEXT, begin);
      expect([root.isRoot, root.baggage]).toEqual([true, undefined]);
      expect(traceIdOf(root)).not.toBe(traceIdOf(record));
      expect(await context.with(trace.deleteSpan(context.active()), begin)).toMatchObject({
        isRoot: true,
        baggage: 'a=1',
      });

      const remote = propagation.extract(ROOT_CONTEXT, { traceparent: TRACEPARENT, baggage: 'b=2' });
      const continued = await context.with(remote, begin);
      expect(traceIdOf(continued)).toBe('0af7651916cd43dd8448eb211c80319c');
      expect(continued).toMatchObject({ parentIsRemote: true, baggage: 'b=2' });

      const foreign = trace.wrapSpanContext({ traceId: traceIdOf(record), spanId: '00f067aa0ba902b7', traceFlags: 1 });
      const child = await context.with(trace.setSpan(context.active(), foreign), async () => {
        expect(activeRecord()).toBe(record);
        return begin();
      });
      expect([child.parentSpanId0, child.parentSpanId1]).toEqual([0x00f067aa, 0x0ba902b7]);
      // The API forgets that the trace id is random.
      expect(child.traceFlags).toBe(record.traceFlags | 1);

      const withOther = propagation.setBaggage(context.active(), propagation.createBaggage({ c: { value: '3' } }));
      const inner = await context.with(withOther, begin);
      expect([inner.parentSpanId0, inner.baggage]).toEqual([record.spanId0, 'c=3']);
    });
  });

  test("of the caller, extracted again inside its request, stays below the request's span", async () => {
    const headers = { traceparent: TRACEPARENT };
    await withRecord({ kind: 'consumer', name: 'take', carrier: headers }, async (record) => {
      const again = propagation.extract(context.active(), headers);
      await context.with(again, async () => {
        await turn();
        expect(spanIdOf(activeSpanContext() as WorkRecord)).toBe(spanIdOf(record));
        withRecord({ name: 'inside' }, () => {});
        trace.getTracer('app').startSpan('own').end();
      });
      trace.getTracer('app').startSpan('given', {}, again).end();
    });
    const spans = await exported();
    const { spanId } = byName(spans, 'take');
    for (const name of ['inside', 'own', 'given']) expect(byName(spans, name).parentSpanId, name).toBe(spanId);
  });

  test('can be bound to a function, and lets other things be', () => {
    const KEY = createContextKey('test');
    const bound = context.bind(ROOT_CONTEXT.setValue(KEY, 2), (a: number, b: number) => {
      return [context.active().getValue(KEY), a, b];
    });
    expect(bound.length).toBe(2);
    expect(bound(3, 4)).toEqual([2, 3, 4]);
    const thing = {};
    expect(context.bind(ROOT_CONTEXT, thing)).toBe(thing);
  });

  test('goes through what core does for itself', () => {
    withRecord({ name: 'job' }, () => {
      runOutsideContext(() => expect(context.active()).toBe(ROOT_CONTEXT));
    });
  });
});

describe('spans of the API', () => {
  test('nest across awaits, below the record, and no other observer sees them', async () => {
    await withRecord({ name: 'job' }, async () => {
      await trace.getTracer('app', '2.0').startActiveSpan('outer', async (outer) => {
        await turn();
        await tracing.tracer.startActiveSpan('inner', { kind: SpanKind.PRODUCER }, async (inner) => {
          await turn();
          inner.end();
        });
        withRecord({ name: 'below outer' }, () => {});
        outer.end();
      });
    });

    const spans = await exported();
    const [job, outer, inner, below] = ['job', 'outer', 'inner', 'below outer'].map((name) => byName(spans, name));
    expect(spans.length).toBe(4);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(outer?.parentSpanId).toBe(job?.spanId);
    expect(inner?.parentSpanId).toBe(outer?.spanId);
    expect(below?.parentSpanId).toBe(outer?.spanId);
    expect(inner?.kind).toBe(4);
    expect(seen.map(({ name }) => name)).toEqual(['below outer', 'job']);
  });

  test('carry what they are told: attributes, events, links, status, times, name', async () => {
    const linked = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1, isRemote: true };
    const startTime = Date.now() - 60_000;
    const tags = ['a'];
    const span = tracing.tracer.startSpan('first', {
      startTime,
      attributes: { tags, none: undefined },
      links: [{ context: linked, attributes: { why: 'batch' } }],
    });
    tags.push('changed later');
    span
      .setAttribute('a', 1)
      .setAttributes({ b: true, a: 2 })
      .addEvent('plain')
      .addEvent('with attributes', { x: 1 }, [Math.floor(startTime / 1000), 5])
      .addEvent('with time', new Date(startTime))
      .updateName('second')
      .setStatus({ code: SpanStatusCode.ERROR, message: 'bad' });
    span.recordException(new TypeError('oops'));
    span.recordException('just text');
    span.recordException({ name: 'Named', message: 'plain object' });
    span.end(startTime + 250);

    const decoded = byName(await exported(), 'second');
    expect(decoded.attributes).toEqual({ tags: ['a'], a: 2, b: true });
    expect(decoded.links).toEqual([
      { traceId: linked.traceId, spanId: linked.spanId, attributes: { why: 'batch' }, flags: 0x301 },
    ]);
    expect(decoded.status).toEqual({ code: 2, message: 'bad' });
    // To a microsecond, which is what a double holds of the epoch in milliseconds.
    expect(Number(decoded.end - decoded.start) / 1e6).toBeCloseTo(250, 2);
    expect(Number(decoded.start / 1000n) / 1000).toBeCloseTo(startTime, 1);
    expect(decoded.events.map(({ name }) => name)).toEqual([
      'plain',
      'with attributes',
      'with time',
      'exception',
      'exception',
      'exception',
    ]);
    expect(decoded.events.slice(3).map(({ attributes }) => attributes['exception.message'])).toEqual([
      'oops',
      'just text',
      'plain object',
    ]);
    expect(decoded.flags & 0x300).toBe(0x100);
  });

  test('say the same of the span of a request or job, whose end is its own', async () => {
    const error = new Error('told twice');
    expect(() =>
      withRecord({ name: 'job' }, (record) => {
        const span = trace.getActiveSpan() as Span;
        span.setAttribute('a', 1).addEvent('seen').updateName('renamed').end();
        expect(record.endMs).toBe(0);
        span.recordException(error);
        throw error;
      }),
    ).toThrow(error);

    const decoded = byName(await exported(), 'renamed');
    expect(decoded.attributes).toEqual({ a: 1, 'error.type': 'Error' });
    expect(decoded.events.map(({ name }) => name)).toEqual(['seen', 'exception']);
    expect(decoded.status.code).toBe(2);
  });

  test('do not change any more once they have ended, and end once', async () => {
    const span = tracing.tracer.startSpan('once');
    expect(span.isRecording()).toBe(true);
    span.end();
    expect(span.isRecording()).toBe(false);
    span.setAttribute('late', 1).updateName('late').addEvent('late').end();
    const decoded = byName(await exported(), 'once');
    expect(decoded.attributes).toEqual({});
    expect(decoded.events).toEqual([]);
  });

  test('have limits, and say what is beyond them', async () => {
    const span = tracing.tracer.startSpan('big');
    for (let i = 0; i < 200; i++) {
      span.setAttribute(`a${i}`, i).addEvent(`e${i}`).addLink({ context: span.spanContext() });
    }
    span.setAttribute('a0', 'changed');
    span.end();
    const decoded = byName(await exported(), 'big');
    expect([Object.keys(decoded.attributes).length, decoded.droppedAttributes]).toEqual([128, 72]);
    expect([decoded.events.length, decoded.droppedEvents]).toEqual([128, 72]);
    expect([decoded.links.length, decoded.droppedLinks]).toEqual([128, 72]);
    expect(decoded.attributes.a0).toBe('changed');
  });

  test('go by the parent they are given: none, a remote one, an invalid one', async () => {
    const remote = propagation.extract(ROOT_CONTEXT, { traceparent: TRACEPARENT, tracestate: 'a=1' });
    withRecord({ name: 'job' }, () => {
      tracing.tracer.startSpan('root', { root: true }).end();
      tracing.tracer.startSpan('below remote', {}, remote).end();
      tracing.tracer
        .startSpan(
          'below invalid',
          {},
          trace.setSpanContext(ROOT_CONTEXT, { traceId: 'x', spanId: 'y', traceFlags: 1 }),
        )
        .end();
    });
    const spans = await exported();
    expect(byName(spans, 'root').parentSpanId).toBe('');
    expect(byName(spans, 'below invalid').parentSpanId).toBe('');
    expect(byName(spans, 'below remote')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      traceState: 'a=1',
      flags: 0x303,
    });
  });

  test('of records are not exported where tracing is suppressed, nor are those of the work inside', async () => {
    const suppressed = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    context.with(suppressed, () => withRecord({ name: 'outer' }, () => withRecord({ name: 'inner' }, () => {})));
    withRecord({ name: 'seen' }, () => {});
    expect((await exported()).map(({ name }) => name)).toEqual(['seen']);
  });

  test('are not made where tracing is suppressed, nor exported where the parent was not sampled', async () => {
    const suppressed = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    const none = tracing.tracer.startSpan('suppressed', {}, suppressed);
    expect(none.isRecording()).toBe(false);
    none.end();
    const unsampled = propagation.extract(ROOT_CONTEXT, { traceparent: TRACEPARENT.replace(/03$/, '02') });
    const span = tracing.tracer.startSpan('unsampled', {}, unsampled);
    expect(span.isRecording()).toBe(false);
    expect(span.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    span.end();
    expect(await exported()).toEqual([]);
  });

  test('give the result and the error of the function to the caller', () => {
    expect(tracing.tracer.startActiveSpan('x', () => 5)).toBe(5);
    expect(() =>
      tracing.tracer.startActiveSpan('x', {}, ROOT_CONTEXT, () => {
        throw new RangeError('mine');
      }),
    ).toThrow('mine');
  });

  test('never throw, whatever they are given', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('get');
        },
        ownKeys: () => {
          throw new Error('keys');
        },
      },
    );
    const anything = fc.oneof(fc.anything(), fc.constant(hostile), fc.constant([hostile]));
    const loose = tracing.tracer as unknown as Record<string, (...args: unknown[]) => unknown>;
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 3 }), fc.array(anything, { maxLength: 3 }), (startArgs, args) => {
        loose.startSpan?.(...startArgs);
        const span = tracing.tracer.startSpan('victim') as unknown as Record<string, (...args: unknown[]) => unknown>;
        for (const method of [
          'setAttribute',
          'setAttributes',
          'addEvent',
          'addLink',
          'addLinks',
          'setStatus',
          'updateName',
          'recordException',
          'isRecording',
          'spanContext',
          'end',
        ]) {
          span[method]?.(...args);
        }
      }),
    );
  });
});

describe('the propagator', () => {
  const carrierOf = (ctx = context.active()): Record<string, string> => {
    const carrier: Record<string, string> = {};
    propagation.inject(ctx, carrier, defaultTextMapSetter);
    return carrier;
  };

  test('writes the context of the active record, and reads it back', () => {
    withRecord({ name: 'job', carrier: { traceparent: TRACEPARENT, tracestate: 'a=1', baggage: 'k=v' } }, (record) => {
      const carrier = carrierOf();
      expect(carrier).toEqual({
        traceparent: `00-${traceIdOf(record)}-${spanIdOf(record)}-03`,
        tracestate: 'a=1',
        baggage: 'k=v',
      });
      const extracted = propagation.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
      expect(trace.getSpanContext(extracted)).toMatchObject({
        spanId: spanIdOf(record),
        traceFlags: 3,
        isRemote: true,
      });
      expect(propagation.getBaggage(extracted)?.getEntry('k')?.value).toBe('v');
    });
  });

  test('passes on what it got, unchanged: the random flag, a tracestate and a baggage that the API would spoil', () => {
    const carrier = {
      traceparent: TRACEPARENT,
      tracestate: '1a@b=x , c=d',
      baggage: '__proto__=1,empty=,a%20b=c;p=1',
    };
    const extracted = propagation.extract(ROOT_CONTEXT, carrier);
    expect(carrierOf(extracted)).toEqual(carrier);
    expect(propagation.getBaggage(extracted)?.getEntry('__proto__')?.value).toBe('1');
    expect(propagation.getBaggage(extracted)?.getEntry('empty')?.value).toBe('');
  });

  test('writes the baggage that the application has set, also below a span of its own', () => {
    withRecord({ name: 'job', carrier: { traceparent: TRACEPARENT, baggage: 'k=v' } }, () => {
      const baggage = propagation.getActiveBaggage()?.setEntry('ü', { value: 'no' }).setEntry('n', { value: 'ü ,' });
      context.with(propagation.setBaggage(context.active(), baggage as never), () => {
        expect(carrierOf().baggage).toBe('k=v,n=%C3%BC%20%2C');
        tracing.tracer.startActiveSpan('child', (span) => {
          expect(activeRecord()?.baggage).toBe('k=v,n=%C3%BC%20%2C');
          span.end();
        });
      });
    });
  });

  test('lets baggage that came without a parent reach the spans below it', () => {
    withRecord({ name: 'job', carrier: { baggage: 'k=v' } }, (record) => {
      expect(record.isRoot).toBe(true);
      expect(carrierOf().baggage).toBe('k=v');
    });
    const extracted = propagation.extract(ROOT_CONTEXT, { baggage: 'k=v' });
    for (const options of [{}, { root: true }]) {
      tracing.tracer.startActiveSpan('below', options, extracted, (span) => {
        expect(activeRecord()).toMatchObject({ isRoot: true, baggage: 'k=v' });
        span.end();
      });
    }
  });

  test('reads nothing from what is no trace context, and baggage without one', () => {
    expect(propagation.extract(ROOT_CONTEXT, {})).toBe(ROOT_CONTEXT);
    expect(propagation.extract(ROOT_CONTEXT, { traceparent: 'nonsense' })).toBe(ROOT_CONTEXT);
    expect(
      trace.getSpan(propagation.extract(ROOT_CONTEXT, { traceparent: [TRACEPARENT, TRACEPARENT] })),
    ).toBeUndefined();
    const extracted = propagation.extract(ROOT_CONTEXT, { baggage: 'a=b' });
    expect(carrierOf(extracted)).toEqual({ baggage: 'a=b' });
  });

  test('never throws, whatever carrier and setter do', () => {
    const throwing = (): never => {
      throw new Error('no');
    };
    withRecord({ name: 'job' }, () => {
      propagation.inject(context.active(), {}, { set: throwing });
      expect(propagation.extract(ROOT_CONTEXT, {}, { get: throwing, keys: throwing })).toBe(ROOT_CONTEXT);
    });
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (traceparent, baggage) => {
        propagation.extract(ROOT_CONTEXT, { traceparent, baggage });
      }),
    );
  });

  test('any baggage of any values comes back as it was', () => {
    const key = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
    const value = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value), { maxLength: 20, selector: ([name]) => name }), (pairs) => {
        let baggage = propagation.createBaggage();
        for (const [name, text] of pairs) baggage = baggage.setEntry(name, { value: text });
        const list = formatBaggage(baggage);
        const back = list === undefined ? [] : parseBaggage(list).getAllEntries();
        expect(back.map(([name, entry]) => [name, entry.value]).sort()).toEqual(pairs.map((pair) => [...pair]).sort());
      }),
    );
  });
});

describe('registration', () => {
  test('leaves an implementation alone that is there already, also at close', async () => {
    const second = createTracing({
      resource: {},
      serviceName: 'second',
      sampler: 'always_on',
      samplerRatio: 1,
    });
    second.register();
    await second.close();
    withRecord({ name: 'job' }, () => expect(trace.getActiveSpan()).toBeDefined());
  });

  test('is taken back at close', async () => {
    await tracing.close();
    expect(trace.getTracer('x').startSpan('y').isRecording()).toBe(false);
    withRecord({ name: 'job' }, () => expect(trace.getActiveSpan()).toBeUndefined());
    expect(propagation.fields()).toEqual([]);
  });

  test('is not needed for the tracer of the service', async () => {
    await tracing.close();
    const attributes: Attributes[] = [];
    tracing.tracer.startActiveSpan('outer', (outer) => {
      tracing.tracer.startActiveSpan('inner', (inner) => {
        attributes.push({ same: inner.spanContext().traceId === outer.spanContext().traceId });
      });
    });
    expect(attributes).toEqual([{ same: true }]);
  });
});
