import { reportInternalError } from '@porthole/core/internal';
import promClient from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { METRICS } from './metric-names.js';
import { createMetrics, type Metrics } from './metrics.js';
import { parseTextFormat, samplesOf } from './testing/parse-text-format.js';

let metrics: Metrics | undefined;

afterEach(() => metrics?.close());

function create(resource = {}): Metrics {
  metrics = createMetrics({ resource });
  return metrics;
}

async function namesOf(metrics: Metrics): Promise<string[]> {
  return (await metrics.families()).map(({ name }) => name);
}

/** Made by the packages that know the values. */
const OF_OTHERS = new Set<string>([
  METRICS.healthCheckStatus,
  METRICS.healthCheckDuration,
  METRICS.logLines,
  METRICS.logDropped,
  METRICS.spansStarted,
  METRICS.spansQueued,
  METRICS.spansProcessed,
  METRICS.spansInFlight,
  METRICS.spansExported,
]);

describe('what createMetrics registers', () => {
  test('is what METRICS names, without what other packages register', async () => {
    const registered = await namesOf(create());
    const named = Object.values(METRICS).filter((name) => !OF_OTHERS.has(name));
    expect(registered.toSorted()).toEqual(named.toSorted());
  });

  test("is exposed beside the application's own metrics", async () => {
    const { registry, exposition } = create();
    new promClient.Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc(2);
    const { types, samples } = parseTextFormat(await exposition());
    expect(samples.find(({ name }) => name === 'orders_total')?.value).toBe(2);
    expect(types.get(METRICS.buildInfo)).toBe('gauge');
  });

  test('leaves a registry that can be read as JSON and as text by prom-client itself', async () => {
    const { registry, counter } = create();
    counter({ name: 'orders_total', help: 'Orders.' }).add(1);
    expect(parseTextFormat((await registry.metrics()).replaceAll('\n\n', '\n')).samples.length).toBeGreaterThan(0);
    expect(await registry.getMetricsAsJSON()).toHaveLength(registry.getMetricsAsArray().length);
  });
});

describe('identity', () => {
  test('the resource becomes the labels of target_info, and names that become one are joined', async () => {
    const { exposition } = create({
      'service.name': 'orders',
      'process.pid': 7,
      'a.list': ['x', 'y'],
      'same.name': 'second',
      'same-name': 'first',
      '1st': 'digit',
    });
    expect(samplesOf(await exposition(), 'target_info')).toEqual([
      {
        name: 'target_info',
        labels: {
          service_name: 'orders',
          process_pid: '7',
          a_list: '["x","y"]',
          same_name: 'first;second',
          _1st: 'digit',
        },
        value: 1,
      },
    ]);
  });

  test('components that have not failed are shown with 0, so that the first failure is an increase', async () => {
    const { exposition } = create();
    const failures = samplesOf(await exposition(), 'porthole_internal_errors_total');
    expect(failures.map(({ labels }) => labels.component)).toEqual(
      expect.arrayContaining([
        'admin',
        'clients',
        'config',
        'control',
        'health',
        'http',
        'lifecycle',
        'logger',
        'tracing',
      ]),
    );
    expect(failures.find(({ labels }) => labels.component === 'control')?.value).toBe(0);
  });

  test('failures of any component are shown', async () => {
    const { exposition } = create();
    reportInternalError('metrics-test', new Error('broken'));
    const failures = samplesOf(await exposition(), 'porthole_internal_errors_total');
    expect(failures).toContainEqual({
      name: 'porthole_internal_errors_total',
      labels: { component: 'metrics-test' },
      value: 1,
    });
  });
});

test('nothing of it keeps the process alive', async () => {
  const before = process.getActiveResourcesInfo().toSorted();
  const { exposition } = create();
  await exposition();
  expect(process.getActiveResourcesInfo().toSorted()).toEqual(before);
});

test('one that does not sample has neither the event loop nor V8, and all else', async () => {
  const all = await namesOf(create());
  metrics?.close();
  metrics = createMetrics({ resource: {}, sampleRuntime: false });
  expect(await namesOf(metrics)).toEqual(all.filter((name) => !/^(nodejs|v8js)_/.test(name)));
});

test('a closed one can still be read', async () => {
  const { exposition, close } = create();
  close();
  close();
  expect(samplesOf(await exposition(), 'process_cpu_seconds_total')).toHaveLength(1);
});
