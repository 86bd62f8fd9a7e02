import { internalErrors } from '@porthole/core/internal';
import fc from 'fast-check';
import promClient, { type Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createExposition } from './exposition.js';
import { createInstruments } from './instruments.js';
import { type RegistryMetric, registerMetric } from './registry-metric.js';
import { parseTextFormat, samplesOf } from './testing/parse-text-format.js';

function expositionOf(registry: Registry, collectTimeoutMs = 1000): () => Promise<string> {
  return createExposition({ registry, collectTimeoutMs }).text;
}

/** What arrives at the other end of a connection. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function errorsSoFar(): number {
  return internalErrors().get('metrics')?.count ?? 0;
}

describe('what is exposed', () => {
  // What the format gives a meaning to, and short values that differ in what a key or UTF-8 could lose.
  const labelValue = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '\n', '\r', '\0', ',', '{', '}', '=', 'n', '\uD800', '\uDC00', '\uFFFD'),
    }),
    fc.string({ unit: fc.constantFrom(',', '\uD800', '\uDC00', '\uFFFD'), maxLength: 2 }),
  );

  test('any label value comes back as UTF-8 has it, and the number of series is unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(labelValue, labelValue), { maxLength: 20 }), async (pairs) => {
        const registry = new promClient.Registry();
        const counter = createInstruments(registry, 2000).counter({ name: 'c', help: 'h', labelNames: ['a', 'b'] });
        const expected = new Map<string, number>();
        for (const [a, b] of pairs) {
          counter.add(1, { a, b });
          const series = JSON.stringify([utf8(a), utf8(b)]);
          expected.set(series, (expected.get(series) ?? 0) + 1);
        }
        const found = samplesOf(utf8(await expositionOf(registry)()), 'c').map(
          ({ labels: { a = '', b = '' }, value }) => [JSON.stringify([a, b]), value] as const,
        );
        expect(found).toEqual([...expected]);
      }),
      { numRuns: 300 },
    );
  });

  test('a label value of prom-client that is not a string cannot forge a series', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything({ maxDepth: 1 }), async (value) => {
        const registry = new promClient.Registry();
        const counter = new promClient.Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [registry] });
        const given = ['"} 1\nforged{a="', value] as unknown as string;
        let text: string;
        try {
          counter.inc({ a: given });
          text = String(given);
        } catch {
          return; // prom-client's own metric may throw at what cannot become text
        }
        expect(samplesOf(await expositionOf(registry)(), 'c')).toEqual([{ name: 'c', labels: { a: text }, value: 1 }]);
      }),
    );
  });

  test('a help text with line ends and backslashes comes back as it was', async () => {
    const registry = new promClient.Registry();
    createInstruments(registry, 10).counter({ name: 'c', help: 'one\ntwo \\n "three"' });
    expect(parseTextFormat(await expositionOf(registry)()).help.get('c')).toBe('one\ntwo \\n "three"');
  });

  test('values that are no number and infinities are written as the format has them', async () => {
    const registry = new promClient.Registry();
    const gauge = createInstruments(registry, 10).gauge({ name: 'g', help: 'h', labelNames: ['v'] });
    for (const value of [Number.NaN, Infinity, -Infinity, 1e-9, 1e21]) gauge.set(value, { v: String(value) });
    const values = samplesOf(await expositionOf(registry)(), 'g').map(({ value }) => value);
    expect(values).toEqual([Number.NaN, Infinity, -Infinity, 1e-9, 1e21]);
  });

  test('every kind of prom-client metric and the default labels of the registry are there', async () => {
    const registry = new promClient.Registry();
    registry.setDefaultLabels({ zone: 'a', own: 'default' });
    const registers = [registry];
    new promClient.Gauge({ name: 'g', help: 'h', registers, labelNames: ['own'] }).set({ own: 'mine' }, 3);
    new promClient.Histogram({ name: 'h', help: 'h', registers, buckets: [1] }).observe(2);
    new promClient.Summary({ name: 's', help: 'h', registers, percentiles: [0.5] }).observe(2);
    const { samples, types } = parseTextFormat(await expositionOf(registry)());
    expect(samples.find(({ name }) => name === 'g')).toEqual({
      name: 'g',
      labels: { own: 'mine', zone: 'a' },
      value: 3,
    });
    expect(samples.filter(({ name }) => name === 'h_bucket').map(({ labels }) => labels.le)).toEqual(['1', '+Inf']);
    expect([...types]).toEqual([
      ['g', 'gauge'],
      ['h', 'histogram'],
      ['s', 'summary'],
    ]);
    expect(samples.every(({ labels }) => labels.zone === 'a')).toBe(true);
  });
});

describe('metrics that fail', () => {
  function addMetric(registry: Registry, name: string, get: RegistryMetric['get']): void {
    registerMetric(registry, { name, get, reset() {} });
  }

  function registryWithCounter(): Registry {
    const registry = new promClient.Registry();
    createInstruments(registry, 10).counter({ name: 'good', help: 'h' });
    return registry;
  }

  test.each<[string, RegistryMetric['get']]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('broken');
      },
    ],
    ['never settles', () => new Promise(() => {})],
    ['gives nothing', async () => ({}) as never],
    [
      'has a label name that is none',
      async () => ({
        name: 'bad',
        help: '',
        type: 'gauge',
        aggregator: 'sum',
        values: [{ labels: { 'a b': 'c' }, value: 1 }],
      }),
    ],
    [
      'has a label value that cannot be text',
      async () => ({
        name: 'bad',
        help: '',
        type: 'gauge',
        aggregator: 'sum',
        values: [{ labels: { a: Object.create(null) }, value: 1 }],
      }),
    ],
  ])('one that %s costs only itself, and is counted', async (_, get) => {
    const registry = registryWithCounter();
    addMetric(registry, 'bad', get);
    const before = errorsSoFar();
    const { samples } = parseTextFormat(await expositionOf(registry, 20)());
    expect(samples).toEqual([{ name: 'good', labels: {}, value: 0 }]);
    expect(errorsSoFar()).toBe(before + 1);
  });

  test('that are read in both ways at once are whole in each', async () => {
    const registry = new promClient.Registry();
    addMetric(registry, 'slow', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { name: 'slow', help: 'h', type: 'gauge', aggregator: 'sum', values: [{ labels: {}, value: 1 }] };
    });
    const before = errorsSoFar();
    const { text, families } = createExposition({ registry, collectTimeoutMs: 1000 });
    const found = await Promise.all([families(), text(), families()]);
    expect(found[0].map(({ name }) => name)).toEqual(['slow']);
    expect(found[1]).toContain('slow 1');
    expect(found[2]).toEqual(found[0]);
    expect(errorsSoFar()).toBe(before);
  });

  test('those that hold up the event loop do not use up the time of the others', async () => {
    const registry = new promClient.Registry();
    const instruments = createInstruments(registry, 2000);
    for (const name of ['slow_a', 'slow_b', 'slow_c']) {
      instruments.observeGauge({ name, help: 'h' }, (report) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        report(1);
      });
    }
    instruments.gauge({ name: 'quick', help: 'h' }).set(1);
    const before = errorsSoFar();
    const text = await expositionOf(registry, 10)();
    expect(parseTextFormat(text).samples.map(({ name }) => name)).toEqual(['slow_a', 'slow_b', 'slow_c', 'quick']);
    expect(errorsSoFar()).toBe(before);
  });

  test('one that still runs is not started again, and is back when it is done', async () => {
    const registry = registryWithCounter();
    let starts = 0;
    let finish = (): void => {};
    addMetric(registry, 'slow', async () => {
      starts++;
      if (starts === 1)
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      return { name: 'slow', help: 'h', type: 'gauge', aggregator: 'sum', values: [{ labels: {}, value: starts }] };
    });
    const exposition = expositionOf(registry, 20);
    expect(samplesOf(await exposition(), 'slow')).toEqual([]);
    expect(samplesOf(await exposition(), 'slow')).toEqual([]);
    expect(starts).toBe(1);
    finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(samplesOf(await exposition(), 'slow')).toEqual([{ name: 'slow', labels: {}, value: 2 }]);
  });

  test('scrapes at the same time share one collection', async () => {
    const registry = registryWithCounter();
    let collections = 0;
    createInstruments(registry, 10).observeGauge({ name: 'g', help: 'h' }, (report) => report(++collections));
    const exposition = expositionOf(registry);
    const texts = await Promise.all(Array.from({ length: 20 }, exposition));
    expect(new Set(texts).size).toBe(1);
    expect(collections).toBe(1);
    await exposition();
    expect(collections).toBe(2);
  });
});
