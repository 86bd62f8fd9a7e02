import { internalErrors, type MetricFamily, noLog, VERSION } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { reply, startCollector } from '../testing/collector.js';
import { isCollectorMissing, type RealCollector, startRealCollector } from '../testing/real-collector.js';
import { createMetricsExporter, type MetricsExporter, type MetricsExporterOptions } from './metrics-exporter.js';
import { encodeMetrics, type MetricsMessage } from './metrics-message.js';
import { otlpToJson } from './otlp-json.js';

const RESOURCE = { 'service.name': 'nightly-report' };
const FAMILIES: readonly MetricFamily[] = [
  {
    name: 'reports_total',
    help: 'Reports.',
    type: 'counter',
    aggregator: 'sum',
    values: [
      { labels: { kind: 'pdf' }, value: 3 },
      { labels: { kind: 'ü' }, value: 0.5 },
    ],
  },
  { name: 'pages', help: 'Pages.', type: 'gauge', aggregator: 'sum', values: [{ labels: {}, value: -7 }] },
  { name: 'nothing', help: 'Empty.', type: 'gauge', aggregator: 'sum', values: [] },
  {
    name: 'report_duration_seconds',
    help: 'How long a report took.',
    type: 'histogram',
    aggregator: 'sum',
    values: ['pdf', 'csv'].flatMap((kind) => [
      { metricName: 'report_duration_seconds_bucket', labels: { kind, le: 0.1 }, value: 1 },
      { metricName: 'report_duration_seconds_bucket', labels: { kind, le: 1 }, value: 3 },
      { metricName: 'report_duration_seconds_bucket', labels: { kind, le: '+Inf' }, value: 4 },
      { metricName: 'report_duration_seconds_sum', labels: { kind }, value: 12.5 },
      { metricName: 'report_duration_seconds_count', labels: { kind }, value: 4 },
    ]),
  },
  {
    name: 'rows',
    help: 'Rows of a report.',
    type: 'summary',
    aggregator: 'sum',
    values: [
      { labels: { quantile: 0.5 }, value: 10 },
      { labels: { quantile: 0.99 }, value: 90 },
      { metricName: 'rows_sum', labels: {}, value: 500 },
      { metricName: 'rows_count', labels: {}, value: 20 },
    ],
  },
];

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** The same as OTLP/JSON has it, without times. */
const EXPECTED = [
  {
    name: 'reports_total',
    description: 'Reports.',
    sum: {
      dataPoints: [
        { asDouble: 3, attributes: [attribute('kind', 'pdf')] },
        { asDouble: 0.5, attributes: [attribute('kind', 'ü')] },
      ],
      aggregationTemporality: 2,
      isMonotonic: true,
    },
  },
  { name: 'pages', description: 'Pages.', gauge: { dataPoints: [{ asDouble: -7 }] } },
  {
    name: 'report_duration_seconds',
    description: 'How long a report took.',
    histogram: {
      dataPoints: ['pdf', 'csv'].map((kind) => ({
        count: '4',
        sum: 12.5,
        bucketCounts: ['1', '2', '1'],
        explicitBounds: [0.1, 1],
        attributes: [attribute('kind', kind)],
      })),
      aggregationTemporality: 2,
    },
  },
  {
    name: 'rows',
    description: 'Rows of a report.',
    summary: {
      dataPoints: [
        {
          count: '20',
          sum: 500,
          quantileValues: [
            { quantile: 0.5, value: 10 },
            { quantile: 0.99, value: 90 },
          ],
        },
      ],
    },
  },
];

interface Request {
  readonly resourceMetrics: readonly [
    { readonly resource: unknown; readonly scopeMetrics: readonly [{ scope: unknown; metrics: unknown[] }] },
  ];
}

/** What was sent, without times; those are checked by themselves. */
function normal(request: unknown): unknown {
  const [{ resource, scopeMetrics }] = (request as Request).resourceMetrics;
  const [{ scope, metrics }] = scopeMetrics;
  const untimed = JSON.parse(
    JSON.stringify(metrics, (key, value: unknown) => (/^(startT|t)imeUnixNano$/.test(key) ? undefined : value)),
  );
  return { resource, scope, metrics: untimed };
}

const NORMAL = {
  resource: { attributes: [attribute('service.name', 'nightly-report')] },
  scope: { name: 'porthole', version: VERSION },
  metrics: EXPECTED,
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

function start(options: Partial<MetricsExporterOptions> & { endpoint: string }): MetricsExporter {
  return createMetricsExporter({
    resource: RESOURCE,
    read: async () => FAMILIES,
    intervalMs: 3_600_000,
    log: noLog,
    headers: {},
    timeoutMs: 10_000,
    ...options,
  });
}

const toJson = async (families: readonly MetricFamily[]): Promise<unknown> =>
  JSON.parse(Buffer.concat(await otlpToJson([onlyMessage(families).message], 'metrics')).toString());

function onlyMessage(families: readonly MetricFamily[]): MetricsMessage {
  const [message, ...more] = encodeMetrics(families, RESOURCE);
  expect(more).toEqual([]);
  return message as MetricsMessage;
}

describe('the message', () => {
  test('has each metric in its kind, with the process’s start and now as its times', async () => {
    const before = Date.now();
    const request = await toJson(FAMILIES);
    expect(normal(request)).toEqual(NORMAL);
    const [, start, now] = /"startTimeUnixNano":"(\d+)","timeUnixNano":"(\d+)"/.exec(JSON.stringify(request)) ?? [];
    expect(Number(start) / 1e6).toBeCloseTo(performance.timeOrigin, -2);
    expect(Number(now) / 1e6).toBeGreaterThan(before - 100);
  });

  test('has the same start in each message, also when the wall clock has been set: another would reset all counts', async () => {
    const timesOf = async (): Promise<readonly number[]> => {
      const text = JSON.stringify(await toJson(FAMILIES));
      const [, start, now] = /"startTimeUnixNano":"(\d+)","timeUnixNano":"(\d+)"/.exec(text) ?? [];
      return [Number(start), Number(now)];
    };
    const [start = 0, now = 0] = await timesOf();
    const realNow = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 3_600_000);
    const [laterStart, laterNow = 0] = await timesOf();
    clock.mockRestore();
    expect(laterStart).toBe(start);
    expect(laterNow - now).toBeGreaterThan(3_599e9);
    // In step again.
    await timesOf();
  });

  test('counts the data points', () => {
    expect(onlyMessage(FAMILIES)).toMatchObject({ dataPoints: 6, oversized: 0 });
  });

  test('is as many as it takes, each no larger than it may be, and tells of metrics that are too large for any', async () => {
    const numbers = (name: string, length: number): MetricFamily => ({
      ...(FAMILIES[1] as MetricFamily),
      name,
      values: Array.from({ length }, (_, n) => ({ labels: { n }, value: n })),
    });
    const families = [numbers('a', 20), numbers('huge', 500), numbers('b', 20), numbers('c', 20), numbers('d', 1)];
    const found: unknown[] = [];
    for (const { message, dataPoints, oversized } of encodeMetrics(families, RESOURCE, 2000)) {
      expect(message.length).toBeLessThanOrEqual(2000);
      const json = Buffer.concat(await otlpToJson([message], 'metrics')).toString();
      found.push([[...json.matchAll(/"name":"(a|b|c|d|huge)"/g)].map(([, name]) => name), dataPoints, oversized]);
    }
    expect(found).toEqual([
      [['a'], 20, 0],
      [['b'], 20, 500],
      [['c', 'd'], 21, 0],
    ]);
  });

  test('leaves out a metric that cannot be written, and no other', async () => {
    const errors = (): number => internalErrors().get('metrics')?.count ?? 0;
    const before = errors();
    const hostile = { toString: () => expect.fail('no') };
    const bad = { ...(FAMILIES[1] as MetricFamily), name: 'bad', values: [{ labels: { hostile }, value: 1 }] };
    expect(normal(await toJson([bad, ...FAMILIES]))).toEqual(NORMAL);
    expect(errors()).toBe(before + 1);
  });

  test('takes any label and any number', async () => {
    const sample = fc.record({ labels: fc.dictionary(fc.string(), fc.anything()), value: fc.double() });
    const type = fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const, 'summary' as const);
    await fc.assert(
      fc.asyncProperty(fc.string(), type, fc.array(sample), async (name, type, values) => {
        await toJson([{ name, help: '', type, aggregator: 'sum', values }]);
      }),
    );
  });
});

describe('the exporter', () => {
  test('exports again and again, and a last time when it is closed', async () => {
    const collector = await startCollector((response) => reply(response, 200));
    open.push(collector);
    const exporter = start({ endpoint: collector.url, intervalMs: 5 });
    await collector.received(3);
    const before = collector.requests.length;
    await exporter.close();
    expect(collector.requests.length).toBeGreaterThan(before);
    expect(collector.maxOpen).toBe(1);
  });

  test('says once that nobody takes the metrics, and ends all the same', async () => {
    const warnings: string[] = [];
    const log = { ...noLog, warn: (_fields: object, message: string) => void warnings.push(message) };
    await start({ endpoint: 'http://127.0.0.1:1/v1/metrics', log }).close(AbortSignal.timeout(50));
    await expect
      .poll(() => warnings)
      .toEqual(['data points cannot be exported and are lost: http://127.0.0.1:1/v1/metrics fails with ECONNREFUSED']);
  });
});

if (isCollectorMissing) {
  test('otelcol-contrib is not installed: no test against it runs', ({ skip }) => {
    if (process.env.PORTHOLE_REQUIRE_COLLECTOR === '1')
      expect.fail('PORTHOLE_REQUIRE_COLLECTOR=1 asks for otelcol-contrib');
    skip('otelcol-contrib is not on the PATH');
  });
}

describe.skipIf(isCollectorMissing)('a real Collector', () => {
  let collector: RealCollector;
  beforeAll(async () => {
    collector = await startRealCollector();
  });
  afterAll(() => collector.close());
  afterEach(() => collector.clear());

  test.each(['http/protobuf', 'http/json', 'grpc'] as const)('takes the metrics over %s', async (protocol) => {
    const endpoint = protocol === 'grpc' ? collector.grpcUrl : `${collector.httpUrl}/v1/metrics`;
    await start({ endpoint, protocol }).close();
    expect((await collector.metrics()).map(normal)).toEqual([NORMAL]);
  });
});
