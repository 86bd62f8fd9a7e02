import {
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { metrics as sdkMetrics } from '@opentelemetry/sdk-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { otlpToJson, sliceJson } from './otlp-json.js';
import { TRACE_REQUEST } from './otlp-schema.js';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 62, -(2 ** 63), 2 ** 53, -(2 ** 53), 0, -0, Number.MIN_VALUE, Number.MAX_VALUE),
);
const attributes = fc.dictionary(
  text.filter((name) => name !== '__proto__' && name !== ''),
  fc.oneof(text, number, fc.boolean(), fc.array(text), fc.array(number), fc.array(fc.boolean())),
  { maxKeys: 5 },
);
const id = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
const context = fc.record({
  traceId: id(16),
  spanId: id(8),
  traceFlags: fc.constantFrom(0, 1),
  isRemote: fc.boolean(),
});
const time = fc.tuple(fc.integer({ min: 1, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999_999 }));
const scopes = ['orders', 'pg', ''].map((name) => ({ name, version: '1.2.3' }));
const resource = resourceFromAttributes({ 'service.name': 'orders', 'process.pid': 7, ratio: 0.5 });

const span: fc.Arbitrary<ReadableSpan> = fc
  .record({
    name: text,
    kind: fc.constantFrom(0, 1, 2, 3, 4),
    context,
    parentSpanContext: fc.option(context, { nil: undefined }),
    startTime: time,
    endTime: time,
    status: fc.record({ code: fc.constantFrom(0, 1, 2), message: text }),
    attributes,
    links: fc.array(fc.record({ context, attributes }), { maxLength: 3 }),
    events: fc.array(fc.record({ name: text, time, attributes, droppedAttributesCount: fc.nat(3) }), { maxLength: 3 }),
    instrumentationScope: fc.constantFrom(...scopes),
    droppedAttributesCount: fc.nat(),
    droppedEventsCount: fc.nat(),
    droppedLinksCount: fc.nat(),
  })
  .map(({ context: own, ...fields }) => ({
    ...fields,
    spanContext: () => own,
    resource,
    duration: [0, 0],
    ended: true,
  })) as fc.Arbitrary<ReadableSpan>;

describe('the JSON of a request', () => {
  test('says what the stock serializer says of the same spans', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(span, { maxLength: 8 }), async (spans) => {
        const protobuf = ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array;
        const ours = Buffer.concat(await otlpToJson([protobuf], 'traces')).toString();
        const theirs = Buffer.from(JsonTraceSerializer.serializeRequest(spans) as Uint8Array).toString();
        expect(canonical(JSON.parse(ours))).toEqual(canonical(JSON.parse(theirs)));
      }),
    );
  });

  test('says what the stock serializer says of the same metrics', async () => {
    const metrics = await collectMetrics();
    const protobuf = ProtobufMetricsSerializer.serializeRequest(metrics) as Uint8Array;
    const ours = Buffer.concat(await otlpToJson([protobuf], 'metrics')).toString();
    const theirs = Buffer.from(JsonMetricsSerializer.serializeRequest(metrics) as Uint8Array).toString();
    expect(ours).toContain('"bucketCounts":["1","1","1","0"');
    expect(canonical(JSON.parse(ours))).toEqual(canonical(JSON.parse(theirs)));
  });

  test('writes what JSON has no numbers for as strings, and 64-bit integers to the last digit', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -(2 ** 63), 2 ** 53 + 2, -1];
    const [one] = fc.sample(span, 1) as [ReadableSpan];
    const spans = [{ ...one, attributes: { values }, spanContext: one.spanContext }];
    const protobuf = ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array;
    const json = Buffer.concat(await otlpToJson([protobuf], 'traces')).toString();
    expect(json).toContain(
      '{"arrayValue":{"values":[{"doubleValue":"NaN"},{"doubleValue":"Infinity"},{"doubleValue":"-Infinity"},' +
        '{"intValue":"-9223372036854775808"},{"intValue":"9007199254740994"},{"intValue":"-1"}]}}',
    );
  });

  test('is the same however it is cut into slices', () => {
    const spans = fc.sample(span, 40);
    const protobuf = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array);
    const whole = [...sliceJson(protobuf, TRACE_REQUEST, Number.POSITIVE_INFINITY)];
    const slices = [...sliceJson(protobuf, TRACE_REQUEST, 100)];
    expect(whole.length).toBe(1);
    expect(slices.length).toBeGreaterThanOrEqual(40);
    expect(slices.join('')).toBe(whole[0]);
  });

  test('lets the event loop have its turn between slices', async () => {
    const spans = fc.sample(span, 2000);
    const protobuf = ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array;
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const slices = await otlpToJson([protobuf], 'traces');
    clearImmediate(immediate);
    expect(slices.length).toBeGreaterThan(10);
    expect(turns).toBeGreaterThanOrEqual(slices.length - 1);
  });

  test('is refused, and nothing worse, for bytes that are no message', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const outcome = await otlpToJson([bytes], 'traces').then(
          (slices) => typeof JSON.parse(Buffer.concat(slices).toString()),
          (error: unknown) => error instanceof RangeError,
        );
        expect([true, 'object']).toContain(outcome);
      }),
      { numRuns: 1000 },
    );
    await expect(otlpToJson([Buffer.from([0x0a, 0x05, 1])], 'traces')).rejects.toThrow(RangeError);
  });
});

/** Defaults left out, and integers as the specification has them: the stock serializer writes them as numbers. */
function canonical(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, key));
  if (typeof value === 'number' && (key === 'intValue' || key === 'asInt')) return String(BigInt(value));
  if (typeof value === 'number' && (key === 'count' || key === 'bucketCounts' || key === 'zeroCount'))
    return String(value);
  if (typeof value !== 'object' || value === null) return value;
  // Beyond int64: the stock serializers do not agree with each other.
  if ('intValue' in value && !isInt64(Number(value.intValue))) return { doubleValue: value.intValue };
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, canonical(member, name)] as const)
      .filter(([name, member]) => name === 'stringValue' || name === 'doubleValue' || !isDefault(name, member)),
  );
}

function isInt64(value: number): boolean {
  return value >= -(2 ** 63) && value < 2 ** 63;
}

function isDefault(name: string, value: unknown): boolean {
  if (value === '' || value === null || (value === false && name === 'isMonotonic')) return true;
  if (Array.isArray(value)) return value.length === 0;
  return value === 0 && name !== 'asDouble' && name !== 'sum' && name !== 'min' && name !== 'max';
}

async function collectMetrics(): Promise<sdkMetrics.ResourceMetrics> {
  const collected: sdkMetrics.ResourceMetrics[] = [];
  const exporter: sdkMetrics.PushMetricExporter = {
    export: (metrics, done) => {
      collected.push(metrics);
      done({ code: 0 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new sdkMetrics.MeterProvider({
    resource,
    readers: [new sdkMetrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const meter = provider.getMeter('test', '1.0.0');
  meter.createCounter('requests', { unit: '1', description: 'Requests' }).add(7, { route: '/ü' });
  meter.createUpDownCounter('active').add(-3);
  meter.createGauge('ratio').record(0.5);
  const histogram = meter.createHistogram('durations', { unit: 's' });
  for (const value of [0, 0.25, 7, 1e9]) histogram.record(value, { route: '/' });
  await provider.forceFlush();
  await provider.shutdown();
  return collected[0] as sdkMetrics.ResourceMetrics;
}
