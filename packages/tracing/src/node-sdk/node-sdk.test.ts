import {
  type Attributes,
  type Context,
  context,
  metrics,
  propagation,
  type Span,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { AttributeValue, SpanContext, WorkKind } from '@porthole/core';
import {
  activeRecord,
  activeSpanContext,
  addObserver,
  createChildRecord,
  endWork,
  ignoreRecord,
  internalErrors,
  type Log,
  noLog,
  parseTraceparent,
  runInContext,
  spanIdOf,
  startWork,
  traceIdOf,
  WorkRecord,
  withRecord,
} from '@porthole/core/internal';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TracingOptions } from '../resolve-tracing-options.js';
import { createSpanClock } from '../span/span-clock.js';
import { createSpanEncoder } from '../span/span-encoder.js';
import { createSpanQueue } from '../span/span-queue.js';
import { type DecodedSpan, decodeTraces, spansOf } from '../testing/decode-traces.js';
import { createTracing } from '../tracing.js';
import type { Tracing } from '../tracing-service.js';
import type { NodeSdk, NodeSdkDefaults, NodeSdkFactory } from './node-sdk.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  for (const api of [trace, context, propagation, metrics]) api.disable();
});

const RESOURCE = { 'service.name': 'orders', 'process.pid': 7 };
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03';

interface Started {
  readonly tracing: Tracing;
  readonly exporter: InMemorySpanExporter;
  /** The spans that have ended, the last one first to end last. */
  spans(): ReadableSpan[];
  spanNamed(name: string): ReadableSpan;
}

type SdkOptions = ConstructorParameters<typeof NodeSDK>[0];

/** Tracing by a real NodeSDK with an exporter in memory. */
const start = (sdkOptions: SdkOptions = {}, options: Partial<TracingOptions> = {}): Started => {
  const exporter = new InMemorySpanExporter();
  const nodeSdk = (defaults: NodeSdkDefaults): NodeSdk =>
    new NodeSDK({ ...defaults, spanProcessors: [new SimpleSpanProcessor(exporter)], ...sdkOptions });
  return {
    ...startWith(nodeSdk, options),
    exporter,
    spans: () => exporter.getFinishedSpans(),
    spanNamed: (name) => {
      const found = exporter.getFinishedSpans().find((span) => span.name === name);
      if (found === undefined) throw new Error(`There is no span ${name}`);
      return found;
    },
  };
};

const startWith = (nodeSdk: NodeSdkFactory, options: Partial<TracingOptions> = {}): { tracing: Tracing } => {
  const tracing = createTracing({
    resource: RESOURCE,
    serviceName: 'orders',
    sampler: 'parentbased_always_on',
    samplerRatio: 1,
    nodeSdk,
    ...options,
  });
  open.push(() => tracing.close(), addObserver(tracing.observer));
  tracing.register();
  return { tracing };
};

const isSdkSpan = (span: Span | undefined): boolean =>
  (span as { resource?: unknown } | undefined)?.resource !== undefined;

describe('the spans of records', () => {
  const request = (fields: Partial<WorkRecord>, traceparent?: string, traceState?: string): (() => WorkRecord) =>
    work(
      'server',
      '',
      {
        method: 'GET',
        route: '/orders/:id',
        path: '/orders/7',
        scheme: 'http',
        protocolVersion: '1.1',
        status: 200,
        clientAddress: '192.0.2.1',
        userAgent: 'curl/8',
        ...fields,
      },
      traceparent,
      traceState,
    );
  /** At its start a record knows little. */
  const work =
    (
      kind: WorkKind,
      name: string,
      fields: Partial<WorkRecord> = {},
      traceparent?: string,
      traceState?: string,
    ): (() => WorkRecord) =>
    () => {
      const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
      const record = new WorkRecord(kind, name, parent && { ...parent, traceState });
      if (fields.method !== undefined) record.method = fields.method;
      if (fields.path !== undefined) record.path = fields.path;
      startWork(record);
      Object.assign(record, fields);
      endWork(record);
      return record;
    };
  const cases: readonly [string, () => WorkRecord][] = [
    ['a request', request({})],
    ['a request with a remote parent', request({}, TRACEPARENT)],
    ['a request with a tracestate', request({}, TRACEPARENT, 'a=1,b@c=2')],
    ['a request to no route', request({ route: '', status: 404 })],
    [
      'a request that fails',
      request({ status: 500, error: new TypeError('no', { cause: new Error('why') }), errorType: 'TypeError' }),
    ],
    ['a request that fails with no error', request({ status: 503 })],
    ['a request with an invented method', request({ method: 'BREW' })],
    ['what is thrown that is no error', work('consumer', 'orders', { error: 'a text', errorType: 'string' })],
    [
      'a call',
      work('client', '', {
        method: 'POST',
        scheme: 'https',
        status: 404,
        serverAddress: 'ü.example',
        serverPort: 8443,
      }),
    ],
    [
      'a call with no answer',
      work('client', '', { method: 'GET', error: new Error('ECONNREFUSED'), errorType: 'ECONNREFUSED' }),
    ],
    ['a message', work('producer', 'orders')],
    [
      'attributes of every type',
      work('internal', 'job', {
        attributes: {
          text: 'ü \u{1f6b2} \u0000',
          empty: '',
          whole: -(2 ** 53),
          edge: -(2 ** 63),
          beyond: 2 ** 63,
          float: 0.1,
          yes: true,
          no: false,
          texts: ['a', '', 'ü'],
          numbers: [1, 2, 3],
          floats: [0.5, -0.25],
          flags: [true, false],
          none: [],
        },
      }),
    ],
    ['attributes that say what fields say', request({ attributes: { 'http.route': '/other', 'url.path': '/hidden' } })],
  ];

  test.each(cases)('say of %s what the lean pipeline says', (_, make) => {
    const { spans } = start();
    const record = make();
    const [theirs] = spansOf(ProtobufTraceSerializer.serializeRequest(spans()) as Uint8Array);
    expect(spans().length).toBe(1);
    expect(comparable(theirs)).toEqual(comparable(leanSpanOf(record)));
  });

  test('have the resource, the scope and the ids of the records', () => {
    const { spans } = start();
    const record = request({}, TRACEPARENT)();
    const theirs = decodeTraces(ProtobufTraceSerializer.serializeRequest(spans()) as Uint8Array);
    expect(theirs.resource).toEqual(RESOURCE);
    expect(theirs.scopes[0]?.name).toBe('porthole');
    const [span] = spans() as [ReadableSpan];
    expect(span.spanContext()).toMatchObject({ traceId: traceIdOf(record), spanId: spanIdOf(record), traceFlags: 1 });
    expect(span.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
  });

  test('carry the tracestate on', () => {
    const { spans } = start();
    withRecord(
      { kind: 'consumer', name: 'orders', carrier: { traceparent: TRACEPARENT, tracestate: 'a=1,b@c=2' } },
      () => {},
    );
    expect(spans()[0]?.spanContext().traceState?.serialize()).toBe('a=1,b@c=2');
  });
});

describe('inside a record', () => {
  test("the active span is the SDK's, and what is said of it arrives, in the record too", () => {
    const { spanNamed } = start();
    let seen: Record<string, AttributeValue> | undefined;
    const see = (record: WorkRecord): void => {
      seen = record.attributes;
    };
    open.push(addObserver({ component: 'test', end: see }));
    withRecord({ name: 'job', attributes: { 'app.a': 1, 'app.b': 1 } }, () => {
      const span = trace.getActiveSpan();
      expect(isSdkSpan(span)).toBe(true);
      span?.setAttribute('app.b', 2).setAttribute('app.c', 'ü').addEvent('went well', { n: 1 });
      span?.setStatus({ code: SpanStatusCode.ERROR, message: 'but not quite' });
      span?.updateName('renamed');
    });
    const span = spanNamed('renamed');
    expect(span.attributes).toEqual({ 'app.a': 1, 'app.b': 2, 'app.c': 'ü' });
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'but not quite' });
    expect(span.events.map(({ name }) => name)).toEqual(['went well']);
    expect(seen).toEqual({ 'app.a': 1, 'app.b': 2, 'app.c': 'ü' });
  });

  test('an exception that was recorded by hand is not recorded again', () => {
    const { spanNamed } = start();
    const error = new RangeError('once');
    expect(() =>
      withRecord({ name: 'job' }, () => {
        trace.getActiveSpan()?.recordException(error);
        throw error;
      }),
    ).toThrow(error);
    expect(spanNamed('job').events.map(({ name }) => name)).toEqual(['exception']);
  });

  test('spans of the API are children, and log lines and calls inside them belong to them', async () => {
    const { tracing, spanNamed } = start();
    await withRecord({ name: 'job' }, async (record) => {
      await tracing.tracer.startActiveSpan('child', async (child) => {
        await Promise.resolve();
        const inside = activeSpanContext() as SpanContext;
        expect(spanIdOf(inside)).toBe(child.spanContext().spanId);
        expect(traceIdOf(inside)).toBe(traceIdOf(record));
        expect(activeRecord()).toBe(record);
        // The trace id is random, which the SDK forgets.
        expect(inside.traceFlags).toBe(record.traceFlags);
        const call = createChildRecord('client', 'call');
        startWork(call);
        runInContext(call, () => expect(trace.getActiveSpan()?.spanContext().spanId).toBe(spanIdOf(call)));
        endWork(call);
        child.end();
      });
      expect(activeRecord()).toBe(record);
    });
    expect(spanNamed('child').parentSpanContext?.spanId).toBe(spanNamed('job').spanContext().spanId);
    expect(spanNamed('call').parentSpanContext?.spanId).toBe(spanNamed('child').spanContext().spanId);
    expect(new Set(['job', 'child', 'call'].map((name) => spanNamed(name).spanContext().traceId)).size).toBe(1);
  });

  test('baggage is that of the record, and what is set goes out', () => {
    const { tracing } = start();
    const carrier = { traceparent: TRACEPARENT, baggage: 'a=1' };
    withRecord({ kind: 'consumer', name: 'orders', carrier }, (record) => {
      expect(propagation.getActiveBaggage()?.getEntry('a')?.value).toBe('1');
      const sent: Record<string, string> = {};
      propagation.inject(context.active(), sent);
      expect(sent).toEqual({
        traceparent: `00-0af7651916cd43dd8448eb211c80319c-${spanIdOf(record)}-03`,
        baggage: 'a=1',
      });
      const changed = propagation.setBaggage(context.active(), propagation.createBaggage({ b: { value: '2' } }));
      context.with(changed, () =>
        tracing.tracer.startActiveSpan('child', (child) => {
          expect(createChildRecord('client', 'call').baggage).toBe('b=2');
          child.end();
        }),
      );
    });
  });

  test('a function that is bound runs in its span', () => {
    const { tracing } = start();
    withRecord({ name: 'job' }, () => {
      const span = tracing.tracer.startSpan('child');
      const bound = context.bind(trace.setSpan(context.active(), span), () => activeSpanContext() as SpanContext);
      expect(spanIdOf(bound())).toBe(span.spanContext().spanId);
      span.end();
    });
  });

  test('nothing is traced where tracing is suppressed', () => {
    const { spans } = start();
    const suppressed = context.active().setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    withRecord({ name: 'job' }, () => {
      context.with(suppressed, () => {
        withRecord({ name: 'export' }, (record) => expect(record.sampled).toBe(false));
      });
    });
    expect(spans().map(({ name }) => name)).toEqual(['job']);
  });
});

describe('sampling', () => {
  test("follows Porthole's sampler, for the spans of the API too", () => {
    const { tracing, spans } = start({}, { sampler: 'parentbased_always_off' });
    withRecord({ name: 'root' }, (record) => {
      expect(record.sampled).toBe(false);
      expect(trace.getActiveSpan()?.isRecording()).toBe(false);
      expect(trace.getActiveSpan()?.spanContext().spanId).toBe(spanIdOf(record));
      tracing.tracer.startActiveSpan('child', (child) => {
        expect(child.isRecording()).toBe(false);
        expect(traceIdOf(activeRecord() as WorkRecord)).toBe(traceIdOf(record));
        child.end();
      });
    });
    withRecord({ kind: 'consumer', name: 'kept', carrier: { traceparent: TRACEPARENT } }, () => {});
    expect(spans().map(({ name }) => name)).toEqual(['kept']);
  });

  test('by ratio decides by the trace id, the same for a root of the API and for one of a record', () => {
    const { tracing, spans } = start({}, { sampler: 'traceidratio', samplerRatio: 0.5 });
    for (let i = 0; i < 200; i++) {
      withRecord({ name: 'record' }, (record) => expect(record.sampled).toBe(isKept(traceIdOf(record))));
      const span = tracing.tracer.startSpan('api', { root: true });
      expect(span.isRecording()).toBe(isKept(span.spanContext().traceId));
      span.end();
    }
    expect(spans().length).toBeGreaterThan(0);
    expect(spans().length).toBeLessThan(400);
  });
  const isKept = (traceId: string): boolean => Number.parseInt(traceId[18] as string, 16) >= 8;

  test('is taken back for work that is left out, and nothing below it is exported', () => {
    const { spans } = start();
    const sampled = (): number => (trace.getActiveSpan()?.spanContext().traceFlags ?? Number.NaN) & TraceFlags.SAMPLED;
    withRecord({ name: 'job' }, (record) => {
      expect(sampled()).toBe(1);
      ignoreRecord(record);
      expect(sampled()).toBe(0);
      trace.getTracer('app').startSpan('child').end();
    });
    expect(spans()).toEqual([]);
  });

  test('follows a sampler of the application', () => {
    const { spans } = start({ sampler: new AlwaysOffSampler() });
    withRecord({ kind: 'consumer', name: 'job', carrier: { traceparent: TRACEPARENT } }, (record) => {
      expect(record.sampled).toBe(false);
    });
    expect(spans()).toEqual([]);
  });
});

describe('what the application brings', () => {
  test('processors see the span begin, with its attributes, its parent and its baggage', () => {
    const seen: { name: string; attributes: Attributes; parent: string | undefined; baggage: string | undefined }[] =
      [];
    const processor: SpanProcessor = {
      onStart: (span, parentContext: Context) => {
        seen.push({
          name: (span as unknown as ReadableSpan).name,
          attributes: { ...(span as unknown as ReadableSpan).attributes },
          parent: trace.getSpanContext(parentContext)?.spanId,
          baggage: propagation.getBaggage(parentContext)?.getEntry('a')?.value,
        });
        span.setAttribute('app.from-processor', true);
      },
      onEnd: () => {},
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const exporter = new InMemorySpanExporter();
    start({ spanProcessors: [processor, new SimpleSpanProcessor(exporter)] });
    const carrier = { traceparent: TRACEPARENT, baggage: 'a=1' };
    withRecord({ kind: 'consumer', name: 'orders', carrier, attributes: { 'app.a': 1 } }, () => {});
    expect(seen).toEqual([{ name: 'orders', attributes: { 'app.a': 1 }, parent: 'b7ad6b7169203331', baggage: '1' }]);
    expect(exporter.getFinishedSpans()[0]?.attributes).toEqual({ 'app.a': 1, 'app.from-processor': true });
  });

  test('a processor that starts a span of its own does not take the ids of the record', () => {
    const own: Span[] = [];
    const processor: SpanProcessor = {
      onStart: (span) => {
        if ((span as unknown as ReadableSpan).name === 'job')
          own.push(trace.getTracer('x').startSpan('own', { root: true }));
      },
      onEnd: () => {},
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    start({ spanProcessors: [processor] });
    withRecord({ name: 'job' }, (record) => {
      expect(own[0]?.spanContext().spanId).not.toBe(spanIdOf(record));
      expect(own[0]?.spanContext().traceId).not.toBe(traceIdOf(record));
    });
  });

  test('an id generator gives the records their ids', () => {
    let count = 0;
    const idGenerator = {
      generateTraceId: () => '5759e988bd862e3fe1be46a994272793',
      generateSpanId: () => (++count).toString(16).padStart(16, '0'),
    };
    start({ idGenerator });
    withRecord({ name: 'job' }, (record) => {
      expect(traceIdOf(record)).toBe('5759e988bd862e3fe1be46a994272793');
      expect(spanIdOf(record)).toBe('0000000000000001');
      expect(trace.getActiveSpan()?.spanContext().spanId).toBe('0000000000000001');
    });
  });

  test('an instrumentation gets a provider whose spans are children of the record', () => {
    const given: { tracer?: ReturnType<typeof trace.getTracer> } = {};
    const instrumentation = {
      instrumentationName: 'test',
      instrumentationVersion: '1.0.0',
      enable: () => {},
      disable: () => {},
      setTracerProvider: (provider: { getTracer: typeof trace.getTracer }) => {
        given.tracer = provider.getTracer('test');
      },
      setMeterProvider: () => {},
      setConfig: () => {},
      getConfig: () => ({}),
    };
    const { spanNamed } = start({ instrumentations: [instrumentation] });
    withRecord({ name: 'job' }, () => given.tracer?.startSpan('query').end());
    expect(spanNamed('query').parentSpanContext?.spanId).toBe(spanNamed('job').spanContext().spanId);
  });

  test('resource detectors add to the resource, also those that take their time', async () => {
    const detector = { detect: () => ({ attributes: { 'cloud.region': Promise.resolve('eu'), 'process.pid': 8 } }) };
    const { tracing, spans } = start({
      autoDetectResources: true,
      resourceDetectors: [detector],
      serviceName: 'renamed',
    });
    withRecord({ name: 'job' }, () => {});
    await tracing.flush(10_000);
    expect(spans()[0]?.resource.attributes).toEqual({
      'service.name': 'renamed',
      'process.pid': 8,
      'cloud.region': 'eu',
    });
  });

  test('a resource of its own takes that of Porthole in', () => {
    const exporter = new InMemorySpanExporter();
    startWith((defaults) => {
      const resource = resourceFromAttributes({ a: 1, 'process.pid': 0 }).merge(defaults.resource);
      return new NodeSDK({ ...defaults, resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
    });
    withRecord({ name: 'job' }, () => {});
    expect(exporter.getFinishedSpans()[0]?.resource.attributes).toEqual({ ...RESOURCE, a: 1 });
  });
});

describe('an SDK that cannot be used', () => {
  const fine = { start: () => {}, shutdown: async () => {} };
  const bad: readonly [string, NodeSdkFactory, RegExp][] = [
    ['that is no function', 'NodeSDK' as unknown as NodeSdkFactory, /not a function/],
    [
      'whose factory throws',
      () => {
        throw new Error('no such module');
      },
      /no such module/,
    ],
    ['that is none', (() => undefined) as unknown as NodeSdkFactory, /start\(\) and shutdown\(\)/],
    ['that is a promise', (async () => fine) as unknown as NodeSdkFactory, /start\(\) and shutdown\(\)/],
    [
      'that does not start',
      () => ({
        ...fine,
        start: () => {
          throw new Error('not today');
        },
      }),
      /not today/,
    ],
    ['that registers nothing', () => fine, /no tracer provider/],
    ['without a span processor', (defaults) => new NodeSDK({ ...defaults, spanProcessors: [] }), /no tracer provider/],
  ];
  test.each(bad)('%s is told in one line, and the traces are the lean ones', (_, nodeSdk, reason) => {
    const lines: string[] = [];
    const log: Log = { ...noLog, error: (_fields, message) => void lines.push(message) };
    const before = internalErrors().get('tracing')?.count ?? 0;
    startWith(nodeSdk, { log });
    expect(lines).toEqual([expect.stringMatching(/^nodeSdk cannot be used: .*; the traces are Porthole's own$/)]);
    expect(lines[0]).toMatch(reason);
    expect(internalErrors().get('tracing')?.count).toBe(before + 1);
    withRecord({ name: 'job' }, (record) => {
      expect(record.sampled).toBe(true);
      expect(isSdkSpan(trace.getActiveSpan())).toBe(false);
      expect(trace.getActiveSpan()?.spanContext().spanId).toBe(spanIdOf(record));
    });
  });
});

describe('the end', () => {
  test('flushes the SDK again and again once it is in a hurry', async () => {
    const exporter = new InMemorySpanExporter();
    const { tracing } = start({
      spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 600_000 })],
    });
    tracing.skipBackoff();
    for (const name of ['first', 'second']) {
      withRecord({ name }, () => {});
      await vi.waitFor(() => expect(exporter.getFinishedSpans().map((span) => span.name)).toContain(name), {
        timeout: 10_000,
      });
    }
  });

  test('counts the spans that have ended and are sampled', () => {
    const { tracing } = start();
    withRecord({ name: 'job' }, () => {});
    expect(tracing.ended).toBe(1);
  });

  test('counts no span that is not sampled', () => {
    const { tracing } = start({}, { sampler: 'always_off' });
    withRecord({ name: 'job' }, () => {});
    expect(tracing.ended).toBe(0);
  });

  test('shuts the SDK down, with what has ended before', async () => {
    const { tracing, exporter } = start();
    const exported: string[] = [];
    exporter.shutdown = async () => void exported.push(...exporter.getFinishedSpans().map(({ name }) => name));
    withRecord({ name: 'job' }, () => {});
    await tracing.close();
    expect(exported).toEqual(['job']);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  test.each([
    ['rejects', async () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('does not reject where the shutdown %s', async (_, shutdown) => {
    const lines: string[] = [];
    const log: Log = { ...noLog, warn: (_fields, message) => void lines.push(message) };
    const { tracing } = startWith(
      (defaults) => {
        const sdk = new NodeSDK({ ...defaults, spanProcessors: [new SimpleSpanProcessor(new InMemorySpanExporter())] });
        return { start: () => sdk.start(), shutdown };
      },
      { log },
    );
    await tracing.close();
    expect(lines).toEqual(['the NodeSDK cannot be shut down in order: no']);
  });

  test('does not wait for a shutdown beyond the signal', async () => {
    const { tracing } = startWith((defaults) => {
      const sdk = new NodeSDK({ ...defaults, spanProcessors: [new SimpleSpanProcessor(new InMemorySpanExporter())] });
      return { start: () => sdk.start(), shutdown: () => new Promise<void>(() => {}) };
    });
    await tracing.close(AbortSignal.abort());
  });
});

/** What the lean pipeline makes of an ended record. */
function leanSpanOf(record: WorkRecord): DecodedSpan {
  const encode = createSpanEncoder(createSpanClock());
  const queue = createSpanQueue({ resource: RESOURCE, encode, maxBytes: 1_000_000 });
  queue.add(record, { name: 'porthole' }, undefined);
  const batch = queue.take();
  return spansOf(Buffer.concat([batch?.head ?? Buffer.of(), batch?.body ?? Buffer.of()]))[0] as DecodedSpan;
}

/**
 * Times as durations, since two clocks may be set a little apart; without the random flag, which the SDK does not know.
 */
function comparable(span: DecodedSpan | undefined): unknown {
  if (span === undefined) return undefined;
  const { start: begin, end, events, flags, ...others } = span;
  return {
    ...others,
    attributes: { ...others.attributes },
    flags: flags & ~2,
    duration: end - begin,
    events: events.map(({ time, name, attributes }) => ({ at: time - begin, name, attributes: { ...attributes } })),
  };
}

test.each([
  ['sampled', 1],
  ['not sampled', 0],
])(
  'an http.route that is set on the active span, which is %s, is the route of the record, and in its name',
  (_, samplerRatio) => {
    const { spans } = start({}, { sampler: 'traceidratio', samplerRatio });
    const record = new WorkRecord('server', '', undefined);
    record.method = 'GET';
    startWork(record);
    runInContext(record, () => {
      trace.getSpan(context.active())?.setAttribute('http.route', '/a');
      trace.getSpan(context.active())?.setAttributes({ 'http.route': '/orders/:id' });
    });
    endWork(record);
    expect(record.route).toBe('/orders/:id');
    expect(spans().map(({ name, attributes }) => [name, attributes['http.route']])).toEqual(
      samplerRatio === 1 ? [['GET /orders/:id', '/orders/:id']] : [],
    );
  },
);

test('work after the end of its parent is a root, with a link', () => {
  const { spanNamed } = start();
  const first = withRecord({ name: 'first' }, (record) => record);
  runInContext(first, () => withRecord({ name: 'later' }, () => {}));
  const { parentSpanContext, links } = spanNamed('later');
  expect(parentSpanContext).toBeUndefined();
  expect(links.map((link) => link.context.spanId)).toEqual([spanIdOf(first)]);
});
