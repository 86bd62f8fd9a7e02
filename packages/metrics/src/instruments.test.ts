import { setImmediate } from 'node:timers/promises';
import { type Instruments, internalErrors } from '@porthole/core/internal';
import fc from 'fast-check';
import promClient from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createExposition } from './exposition.js';
import { createInstruments } from './instruments.js';
import { KEY_SEPARATOR } from './series-map.js';
import { parseTextFormat, samplesOf } from './testing/parse-text-format.js';

function setUp(seriesLimit = 2000) {
  const registry = new promClient.Registry();
  const exposition = createExposition({ registry, collectTimeoutMs: 1000 }).text;
  const mistakes: string[] = [];
  const instruments = createInstruments(registry, seriesLimit, (message) => mistakes.push(message));
  return { registry, exposition, instruments, mistakes };
}

function errorsSoFar(): number {
  return internalErrors().get('metrics')?.count ?? 0;
}

describe('callers', () => {
  const hostile = fc.oneof(
    fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true }),
    fc.constant(Symbol('label')),
    fc.constant({
      get a(): never {
        throw new Error('getter');
      },
    }),
    fc.constant(
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('proxy');
          },
        },
      ),
    ),
    fc.constant({
      a: {
        toString() {
          throw {
            get message(): never {
              throw new Error('message');
            },
          };
        },
      },
    }),
  );

  test('whatever values and labels they give, nothing is thrown at them and the exposition still parses', async () => {
    const { instruments, exposition } = setUp();
    const options = { help: 'h', labelNames: ['a', 'b'] };
    const counter = instruments.counter({ ...options, name: 'c' });
    const gauge = instruments.gauge({ ...options, name: 'g' });
    const histogram = instruments.histogram({ ...options, name: 'h', buckets: [1, 2] });
    const before = errorsSoFar();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.double(), hostile), hostile, async (value, labels) => {
        for (const given of [labels, { a: labels }] as never[]) {
          counter.add(value as number, given);
          gauge.set(value as number, given);
          histogram.observe(value as number, given);
        }
        parseTextFormat(await exposition());
      }),
    );
    expect(errorsSoFar()).toBeGreaterThan(before);
  });

  test('a value that is not one of a counter changes nothing and is counted', async () => {
    const { instruments, exposition } = setUp();
    const counter = instruments.counter({ name: 'c', help: 'h' });
    counter.add(2);
    const before = errorsSoFar();
    for (const value of [-1, Number.NaN, Infinity, '1' as never]) counter.add(value);
    expect(errorsSoFar()).toBe(before + 4);
    expect(samplesOf(await exposition(), 'c')).toEqual([{ name: 'c', labels: {}, value: 2 }]);
  });

  test.each([
    ['a name that is none', { name: 'a b', help: 'h' }],
    ['a label name that is none', { name: 'a', help: 'h', labelNames: ['b-c'] }],
    ['a reserved label name', { name: 'a', help: 'h', labelNames: ['__name__'] }],
  ])('an instrument with %s measures nothing', async (_, options) => {
    const { instruments, exposition } = setUp();
    const before = errorsSoFar();
    instruments.counter(options).add(1);
    expect(errorsSoFar()).toBe(before + 1);
    expect(await exposition()).toBe('');
  });

  test('a histogram takes neither the label le nor buckets out of order', () => {
    const { instruments, registry } = setUp();
    instruments.histogram({ name: 'a', help: 'h', labelNames: ['le'], buckets: [1] }).observe(1);
    instruments.histogram({ name: 'b', help: 'h', buckets: [2, 1] }).observe(1);
    expect(registry.getMetricsAsArray()).toEqual([]);
  });
});

describe('names', () => {
  test('a name that is there already gives the instrument that has it', async () => {
    const { instruments, exposition } = setUp();
    instruments.counter({ name: 'c', help: 'h' }).add(1);
    instruments.counter({ name: 'c', help: 'h' }).add(1);
    expect(samplesOf(await exposition(), 'c')).toEqual([{ name: 'c', labels: {}, value: 2 }]);
  });

  test('a name that is there already with other labels is told of', async () => {
    const { instruments, mistakes } = setUp();
    for (const labelNames of [['a', 'b'], ['b', 'a'], ['a']]) instruments.counter({ name: 'c', help: 'h', labelNames });
    expect(mistakes).toEqual(['the counter c is there already, with the labels a, b, and is used as it is']);
  });

  test('what is read under a name is read by one, and another is counted as an error', async () => {
    const { instruments, exposition } = setUp();
    const before = errorsSoFar();
    for (const value of [1, 2]) instruments.observeGauge({ name: 'g', help: 'h' }, (report) => report(value));
    expect(errorsSoFar()).toBe(before + 1);
    expect(samplesOf(await exposition(), 'g')).toEqual([{ name: 'g', labels: {}, value: 1 }]);
  });

  test("a name that another kind of metric has gives one that measures nothing and leaves the other's alone", async () => {
    const { instruments, registry, exposition } = setUp();
    new promClient.Counter({ name: 'theirs', help: 'h', registers: [registry] }).inc(5);
    instruments.gauge({ name: 'ours', help: 'h' }).set(1);
    const before = errorsSoFar();
    instruments.counter({ name: 'theirs', help: 'h' }).add(1);
    instruments.counter({ name: 'ours', help: 'h' }).add(1);
    expect(errorsSoFar()).toBe(before + 2);
    expect(parseTextFormat(await exposition()).samples.map(({ value }) => value)).toEqual([5, 1]);
  });
});

describe('series', () => {
  test('labels in any order are one series, and an empty value is the same as none', async () => {
    const { instruments, exposition } = setUp();
    const counter = instruments.counter({ name: 'c', help: 'h', labelNames: ['a', 'b'] });
    counter.add(1, { a: 'x', b: 'y' });
    counter.add(1, { b: 'y', a: 'x' });
    counter.add(1, { a: 'x' });
    counter.add(1, { a: 'x', b: '' });
    expect(samplesOf(await exposition(), 'c')).toEqual([
      { name: 'c', labels: { a: 'x', b: 'y' }, value: 2 },
      { name: 'c', labels: { a: 'x' }, value: 2 },
    ]);
  });

  test('values that hold what stands between them in a key are series of their own', async () => {
    const { instruments, exposition } = setUp();
    const counter = instruments.counter({ name: 'c', help: 'h', labelNames: ['a', 'b'] });
    counter.add(1, { a: `x${KEY_SEPARATOR}`, b: 'y' });
    counter.add(1, { a: 'x', b: `${KEY_SEPARATOR}y` });
    expect(samplesOf(await exposition(), 'c')).toHaveLength(2);
  });

  test('a series that is no longer reported is gone', async () => {
    const { instruments, exposition } = setUp();
    let types = ['a', 'b'];
    instruments.observeGauge({ name: 'g', help: 'h', labelNames: ['type'] }, (report) => {
      for (const type of types) report(1, { type });
    });
    expect(samplesOf(await exposition(), 'g')).toHaveLength(2);
    types = ['b'];
    expect(samplesOf(await exposition(), 'g')).toEqual([{ name: 'g', labels: { type: 'b' }, value: 1 }]);
  });

  test('one that is collected and throws has no series, also where it had reported some', async () => {
    const { instruments, exposition } = setUp();
    const before = errorsSoFar();
    instruments.observeCounter({ name: 'c', help: 'h' }, (report) => {
      report(1);
      throw new Error('broken');
    });
    expect(await exposition()).toBe('');
    expect(errorsSoFar()).toBe(before + 1);
  });

  test('what an async one reports is waited for', async () => {
    const { instruments, exposition } = setUp();
    instruments.observeGauge({ name: 'g', help: 'h' }, async (report) => {
      await setImmediate();
      report(7);
    });
    expect(samplesOf(await exposition(), 'g')).toEqual([{ name: 'g', labels: {}, value: 7 }]);
  });

  test('an async one that rejects has no series, also where it had reported some', async () => {
    const { instruments, exposition } = setUp();
    const before = errorsSoFar();
    instruments.observeCounter({ name: 'c', help: 'h' }, async (report) => {
      report(1);
      await setImmediate();
      throw new Error('broken');
    });
    expect(await exposition()).toBe('');
    expect(errorsSoFar()).toBe(before + 1);
  });

  test('the overflow series counts in the limit and keeps the total', async () => {
    const { instruments, exposition } = setUp(3);
    const counter = instruments.counter({ name: 'c', help: 'h', labelNames: ['id'] });
    for (let id = 0; id < 10; id++) counter.add(1, { id: String(id) });
    counter.add(1, { id: '0' });
    expect(samplesOf(await exposition(), 'c')).toEqual([
      { name: 'c', labels: { id: '0' }, value: 2 },
      { name: 'c', labels: { id: '1' }, value: 1 },
      { name: 'c', labels: { otel_metric_overflow: 'true' }, value: 8 },
    ]);
  });

  test('resetting the registry leaves a counter without labels at 0', async () => {
    const { instruments, registry, exposition } = setUp();
    instruments.counter({ name: 'c', help: 'h' }).add(3);
    registry.resetMetrics();
    expect(samplesOf(await exposition(), 'c')).toEqual([{ name: 'c', labels: {}, value: 0 }]);
  });
});

describe('what is called wrongly', () => {
  test.each<[string, (instruments: Instruments) => unknown, RegExp]>([
    [
      'a name and a text',
      (made) => made.counter('orders' as never),
      /a counter is not measured: expected options such as/,
    ],
    [
      'an option that is none',
      (made) => made.counter({ name: 'a', help: 'b', labels: ['c'] } as never),
      /labels is not an option/,
    ],
    ['no name', (made) => made.gauge({ help: 'b' } as never), /undefined is not the name of a metric/],
    [
      'labelNames that are no list',
      (made) => made.counter({ name: 'a', help: 'b', labelNames: 'c' as never }),
      /labelNames of a is not a list/,
    ],
    ['nothing', (made) => made.observeGauge(undefined as never, () => {}), /expected options such as/],
    ['an observed one', (made) => void made.observeGauge({ name: 'a b', help: 'b' }, () => {}), /a b is not the name/],
  ])('with %s is told in one sentence, measures nothing, and throws nothing', async (_, make, sentence) => {
    const { instruments, mistakes, exposition } = setUp();
    const before = errorsSoFar();
    make(instruments);
    expect(mistakes).toEqual([expect.stringMatching(sentence)]);
    expect(errorsSoFar()).toBe(before + 1);
    expect(await exposition()).toBe('');
  });
});

describe('what is measured wrongly', () => {
  test('a label that the metric does not have is named once per metric, and a wrong value too', async () => {
    const { instruments, mistakes, exposition } = setUp();
    const before = errorsSoFar();
    const counter = instruments.counter({ name: 'lookups_total', help: 'h', labelNames: ['shop'] });
    const bare = instruments.gauge({ name: 'bare', help: 'h' });
    for (let i = 0; i < 3; i++) {
      counter.add(1, { shp: 'main', [`other${i}`]: 'x' });
      counter.add(-1, { shop: 'main' });
      bare.set(1, { shop: 'main' });
    }
    expect(mistakes).toEqual([
      'lookups_total does not count a value that it was given: it has no label shp (its labels: shop)',
      'lookups_total does not count a value that it was given: a counter cannot take -1',
      'bare does not count a value that it was given: it has no label shop (its labels: none)',
    ]);
    expect(errorsSoFar()).toBe(before + 9);
    expect(samplesOf(await exposition(), 'lookups_total')).toEqual([]);
  });

  test('one that is collected names its wrong label once', async () => {
    const { instruments, mistakes, exposition } = setUp();
    instruments.observeGauge({ name: 'g', help: 'h', labelNames: ['a'] }, (report) => report(1, { b: 'x' }));
    for (let i = 0; i < 2; i++) await exposition();
    expect(mistakes).toEqual(['g does not count a value that it was given: it has no label b (its labels: a)']);
  });
});

test('a histogram without buckets has those of requests in seconds', async () => {
  const { instruments, exposition } = setUp();
  instruments.histogram({ name: 'picking_seconds', help: 'h' }).observe(0.3);
  const bounds = samplesOf(await exposition(), 'picking_seconds_bucket').map(({ labels }) => labels.le);
  expect(bounds).toEqual('0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf'.split(' '));
});
