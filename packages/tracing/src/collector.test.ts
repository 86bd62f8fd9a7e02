/**
 * One set of spans, in three protocols, by Porthole's own export and by the stock SDK: a real Collector sees no
 * difference.
 */
import {
  context,
  type Link,
  metrics,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { OtlpProtocol } from '@porthole/core';
import { addObserver, endWork, parseTraceparent, runInContext, startWork, WorkRecord } from '@porthole/core/internal';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TracingOptions } from './resolve-tracing-options.js';
import {
  type CollectedSpan,
  isCollectorMissing,
  type RealCollector,
  startRealCollector,
} from './testing/real-collector.js';
import { createTracing } from './tracing.js';

if (isCollectorMissing) {
  test('otelcol-contrib is not installed: no test against it runs', ({ skip }) => {
    if (process.env.PORTHOLE_REQUIRE_COLLECTOR === '1')
      expect.fail('PORTHOLE_REQUIRE_COLLECTOR=1 asks for otelcol-contrib');
    skip('otelcol-contrib is not on the PATH');
  });
}

const RESOURCE = { 'service.name': 'orders', 'process.pid': 7, ratio: 0.5, list: ['a', 'ü'] };
const REMOTE_TRACE = '0af7651916cd43dd8448eb211c80319c';
const REMOTE = { traceId: REMOTE_TRACE, spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true };

const PROTOCOLS: readonly [OtlpProtocol, (collector: RealCollector) => SpanExporter, string][] = [
  ['http/protobuf', ({ httpUrl }) => new ProtobufExporter({ url: `${httpUrl}/v1/traces` }), '/v1/traces'],
  ['http/json', ({ httpUrl }) => new JsonExporter({ url: `${httpUrl}/v1/traces` }), '/v1/traces'],
  ['grpc', ({ grpcUrl }) => new GrpcExporter({ url: grpcUrl }), ''],
];

describe.skipIf(isCollectorMissing)('a real Collector', () => {
  let collector: RealCollector;
  const open: (() => unknown)[] = [];
  beforeAll(async () => {
    collector = await startRealCollector();
  });
  afterAll(() => collector.close());
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
    for (const api of [trace, context, propagation, metrics]) api.disable();
    collector.clear();
  });

  const startTracing = (options: Partial<TracingOptions>): ReturnType<typeof createTracing> => {
    const tracing = createTracing({
      resource: RESOURCE,
      serviceName: 'test',
      sampler: 'parentbased_always_on',
      samplerRatio: 1,
      ...options,
    });
    open.push(() => tracing.close(), addObserver(tracing.observer));
    tracing.register();
    return tracing;
  };
  const startLean = (
    protocol: OtlpProtocol,
    path: string,
    options: Partial<TracingOptions> = {},
  ): ReturnType<typeof createTracing> =>
    startTracing({
      protocol,
      endpoint: (protocol === 'grpc' ? collector.grpcUrl : collector.httpUrl) + path,
      ...options,
    });

  /**
   * What the stock SDK sends of the spans of the API. Its JSON is left out: it writes int64 as numbers that have lost
   * their last digits, and the Collector refuses the smallest one.
   */
  const stockSpans = async (exporter: SpanExporter): Promise<unknown> => {
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes(RESOURCE),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    const count = makeSpans(provider.getTracer('test', '1.2.3'));
    await provider.forceFlush();
    await provider.shutdown();
    return normal(await collector.spans(count));
  };

  test.each(PROTOCOLS)('takes the same spans of the API over %s', async (protocol, stockExporter, path) => {
    const stock =
      protocol === 'http/json' ? new ProtobufExporter({ url: `${collector.httpUrl}/v1/traces` }) : undefined;
    const theirs = await stockSpans(stock ?? stockExporter(collector));
    collector.clear();
    startLean(protocol, path);
    const count = makeSpans(trace.getTracer('test', '1.2.3'));
    const ours = normal(await collector.spans(count));
    expect(ours).toEqual(theirs);
  });

  test.each(PROTOCOLS)(
    'takes the same spans of records over %s, by the lean pipeline and by a NodeSDK',
    async (protocol, stockExporter, path) => {
      const byLean = startLean(protocol, path);
      const count = makeRecords();
      const lean = normal(await collector.spans(count));
      await byLean.close();
      for (const close of open.splice(0).reverse()) await close();
      for (const api of [trace, context, propagation]) api.disable();
      collector.clear();

      const exporter = stockExporter(collector);
      startTracing({
        nodeSdk: (defaults) => new NodeSDK({ ...defaults, spanProcessors: [new BatchSpanProcessor(exporter)] }),
      });
      makeRecords();
      await (trace.getTracerProvider() as unknown as { getDelegate(): BasicTracerProvider }).getDelegate().forceFlush();
      expect(normal(await collector.spans(count))).toEqual(lean);
    },
  );

  test.each(PROTOCOLS)('takes compressed requests over %s, more than one of them', async (protocol, _, path) => {
    const tracing = startLean(protocol, path, { compression: 'gzip', maxExportSpans: 50, exportIntervalMs: 3_600_000 });
    for (let i = 0; i < 200; i++) tracing.tracer.startSpan(`span ${i}`).end();
    await tracing.flush(10_000);
    const spans = await collector.spans(200);
    expect(new Set(spans.map(({ span }) => span.name)).size).toBe(200);
  });

  test('takes a batch over gRPC that is longer than what it takes as one message', async () => {
    const tracing = startLean('grpc', '', { maxQueuedBytes: 16_777_216, exportIntervalMs: 3_600_000 });
    for (let i = 0; i < 600; i++) tracing.tracer.startSpan(`span ${i}`).setAttribute('long', 'x'.repeat(10_000)).end();
    await tracing.flush(10_000);
    const spans = await collector.spans(600);
    expect(new Set(spans.map(({ span }) => span.name)).size).toBe(600);
  });
});

const EPOCH_SECONDS = Math.floor(Date.now() / 1000) - 60;

/** Makes spans with `tracer` and returns how many; each has its own name. */
function makeSpans(tracer: Tracer): number {
  const root = context.active();
  const remote = trace.setSpanContext(root, REMOTE);
  const end = (span: Span): void => span.end([EPOCH_SECONDS + 1, 123_456_789]);
  const begin = (name: string, kind: SpanKind, options = {}, parent = root): Span =>
    tracer.startSpan(name, { kind, startTime: [EPOCH_SECONDS, 987_654_321], ...options }, parent);

  const server = begin('server', SpanKind.SERVER, { attributes: { 'http.request.method': 'GET' } }, remote);
  const inServer = trace.setSpan(root, server);
  const client = begin('client', SpanKind.CLIENT, {}, inServer);
  client.setStatus({ code: SpanStatusCode.OK });
  end(client);
  for (const [name, kind] of [
    ['producer', SpanKind.PRODUCER],
    ['consumer', SpanKind.CONSUMER],
    ['internal', SpanKind.INTERNAL],
  ] as const) {
    end(begin(name, kind, {}, inServer));
  }
  server.setStatus({ code: SpanStatusCode.ERROR, message: 'it failed: ü' });
  end(server);

  const values = begin('attributes \u{1f6b2}', SpanKind.INTERNAL);
  values.setAttributes({
    text: 'ü \u{1f6b2} \u2028 \u0001 "\\',
    empty: '',
    zero: 0,
    whole: 42,
    negative: -1,
    safest: Number.MAX_SAFE_INTEGER,
    edge: -(2 ** 63),
    large: 2 ** 62,
    float: 0.1,
    tiny: Number.MIN_VALUE,
    huge: Number.MAX_VALUE,
    yes: true,
    no: false,
    texts: ['a', '', 'ü'],
    numbers: [1, -2, 3],
    floats: [0.5, -0.25],
    flags: [true, false],
    none: [],
  });
  end(values);

  const eventful = begin('events', SpanKind.INTERNAL);
  eventful.addEvent('first', { n: 1, text: 'ü' }, [EPOCH_SECONDS, 999_999_999]);
  eventful.addEvent('second', {}, [EPOCH_SECONDS + 1, 1]);
  const error = new TypeError('no: ü');
  error.stack = 'TypeError: no: ü\n    at somewhere';
  eventful.recordException(error, [EPOCH_SECONDS + 1, 2]);
  eventful.recordException('a text', [EPOCH_SECONDS + 1, 3]);
  end(eventful);

  const links: Link[] = [
    { context: REMOTE, attributes: { why: 'batch' } },
    { context: { traceId: REMOTE_TRACE, spanId: '00f067aa0ba902b7', traceFlags: 0 } },
  ];
  end(begin('links', SpanKind.CONSUMER, { links }));

  const unsampled = trace.setSpanContext(root, { ...REMOTE, traceFlags: 0 });
  end(begin('not sampled', SpanKind.SERVER, {}, unsampled));
  const many = begin('too many', SpanKind.INTERNAL);
  for (let i = 0; i < 130; i++) many.setAttribute(`a${i}`, i);
  end(many);
  return 9;
}

/** Records of every kind; returns how many spans they make. */
function makeRecords(): number {
  const parent = parseTraceparent(`00-${REMOTE_TRACE}-b7ad6b7169203331-01`);
  const request = new WorkRecord('server', '', parent && { ...parent, traceState: 'a=1,b@c=2' });
  Object.assign(request, {
    method: 'POST',
    path: '/orders/7',
    scheme: 'https',
    protocolVersion: '1.1',
    userAgent: 'ü/1',
  });
  startWork(request);
  runInContext(request, () => {
    trace.getActiveSpan()?.setAttribute('app.by-api', 'ü').addEvent('went well', { n: 1 }, [EPOCH_SECONDS, 1]);
    const child = trace.getTracer('test', '1.2.3').startSpan('child', { links: [{ context: REMOTE }] });
    child.end();
  });
  const call = new WorkRecord('client', '', request);
  Object.assign(call, { method: 'GET', scheme: 'http', serverAddress: 'stock.example', serverPort: 8080 });
  startWork(call);
  call.status = 503;
  endWork(call);
  request.route = '/orders/:id';
  request.status = 500;
  const error = new RangeError('out of stock');
  error.stack = 'RangeError: out of stock\n    at somewhere';
  request.fail(error);
  endWork(request);

  const job = new WorkRecord('internal', 'job', undefined);
  job.attributes = { count: -3, ratio: 0.25, tags: ['a', 'b'], done: true };
  startWork(job);
  endWork(job);
  const unsampled = new WorkRecord('consumer', 'not sampled', parent && { ...parent, traceFlags: 0 });
  startWork(unsampled);
  endWork(unsampled);
  return 4;
}

/** Spans by their names, with ids as the names of those that they are of, and without what differs from run to run. */
function normal(collected: readonly CollectedSpan[]): unknown {
  const names = new Map<unknown, string>([
    [REMOTE.spanId, 'remote'],
    [REMOTE_TRACE, 'the remote trace'],
  ]);
  for (const { span } of collected) names.set(span.spanId, span.name);
  const spans = collected.map(({ resource, scope, span }) => {
    const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, flags, ...others } = span;
    const given = String(startTimeUnixNano) === `${EPOCH_SECONDS}987654321`;
    return {
      ...others,
      resource,
      // The version of the program is none in tests.
      scope: { ...(scope as object), version: undefined },
      attributes: byKey(span.attributes),
      traceId: names.get(traceId) ?? 'its own',
      parentSpanId: parentSpanId === '' ? '' : (names.get(parentSpanId) ?? parentSpanId),
      // The SDK does not know the random flag.
      flags: Number(flags) & ~2,
      times: given ? [startTimeUnixNano, endTimeUnixNano] : 'as it happened',
      events: ((span.events ?? []) as { timeUnixNano: unknown; attributes: unknown }[]).map((event) => ({
        ...event,
        attributes: byKey(event.attributes),
        timeUnixNano: event.timeUnixNano === endTimeUnixNano ? 'the end' : event.timeUnixNano,
      })),
    };
  });
  return spans.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byKey(attributes: unknown): unknown {
  return Object.fromEntries(
    ((attributes ?? []) as { key: string; value: unknown }[]).map(({ key, value }) => [key, value]),
  );
}
