import promClient from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { METRICS } from './metric-names.js';
import { createMetrics, createNoopMetrics, type ServiceMetrics } from './metrics.js';
import { parseTextFormat, samplesOf } from './testing/parse-text-format.js';

let metrics: ServiceMetrics | undefined;
afterEach(() => metrics?.close());

function setUp(): { metrics: ServiceMetrics; messages: string[] } {
  const messages: string[] = [];
  metrics = createMetrics({ resource: {}, onDuplicate: (message) => messages.push(message) });
  return { metrics, messages };
}

/** The families of an exposition; the parser refuses a second TYPE of one name. */
const familiesOf = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string);

describe('a name that Porthole has', () => {
  test('stops no default metrics of prom-client: one is served, and one warning names them', async () => {
    const { metrics, messages } = setUp();
    promClient.collectDefaultMetrics({ register: metrics.registry });
    await Promise.resolve();
    expect(messages).toEqual([
      'process_cpu_seconds_total, process_start_time_seconds, process_resident_memory_bytes, process_virtual_memory_bytes, ' +
        "process_open_fds, process_max_fds: registered by Porthole and in metrics.registry; Porthole's own is served, the other is not",
    ]);
    const text = await metrics.exposition();
    const families = familiesOf(text);
    expect(families).toEqual([...new Set(families)]);
    expect(families).toEqual(expect.arrayContaining([METRICS.processCpu, 'nodejs_version_info', METRICS.buildInfo]));
    expect(samplesOf(text, METRICS.processCpu)).toHaveLength(1);
    const filled = (await metrics.families()).filter(({ values }) => values.length > 0);
    expect(filled.map(({ name }) => name)).toEqual(expect.arrayContaining(families));
    expect(messages).toHaveLength(1);
  });

  test('stops no metric of the application in any order of the two', async () => {
    const { metrics, messages } = setUp();
    metrics.counter({ name: 'porthole_late_total', help: 'h' }).add(5);
    metrics.own.counter({ name: 'porthole_late_total', help: 'h' }).add(1);
    expect(samplesOf(await metrics.exposition(), 'porthole_late_total').map(({ value }) => value)).toEqual([1]);
    expect(messages).toEqual([
      expect.stringMatching(/^porthole_late_total: registered by Porthole and in metrics.registry/),
    ]);
  });

  test('stays if the application clears or resets its registry', async () => {
    const { metrics } = setUp();
    metrics.own.counter({ name: 'porthole_kept_total', help: 'h' }).add(1);
    new promClient.Counter({ name: 'orders_total', help: 'h', registers: [metrics.registry] }).inc();
    metrics.registry.resetMetrics();
    metrics.registry.clear();
    const text = await metrics.exposition();
    expect(samplesOf(text, 'porthole_kept_total').map(({ value }) => value)).toEqual([1]);
    expect(familiesOf(text)).not.toContain('orders_total');
  });
});

test('a name that the application registers twice is served once, and does not throw', async () => {
  const { metrics, messages } = setUp();
  const make = (): promClient.Counter =>
    new promClient.Counter({ name: 'orders_total', help: 'h', registers: [metrics.registry] });
  make().inc(1);
  make().inc(5);
  make();
  await Promise.resolve();
  expect(messages).toEqual([
    'orders_total: registered twice in metrics.registry; the first is served, the second is not',
  ]);
  expect(samplesOf(await metrics.exposition(), 'orders_total').map(({ value }) => value)).toEqual([1]);
});

test('names without end make at most a hundred warnings', async () => {
  const { metrics, messages } = setUp();
  for (let i = 0; i < 300; i++) {
    for (const help of ['first', 'second'])
      new promClient.Gauge({ name: `gauge_${i}`, help, registers: [metrics.registry] });
    await Promise.resolve();
  }
  expect(messages).toHaveLength(100);
});

test('metrics that are switched off take what libraries register, twice too', async () => {
  const idle = createNoopMetrics();
  for (let i = 0; i < 2; i++) promClient.collectDefaultMetrics({ register: idle.registry });
  expect(parseTextFormat(await idle.exposition()).types.get('process_cpu_seconds_total')).toBe('counter');
});
