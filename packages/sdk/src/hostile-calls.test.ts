import { context, propagation, type Span, trace } from '@opentelemetry/api';
import { recordMongo, recordMysql2, recordPg, recordPrisma } from '@porthole/clients';
import { PortholeError, propagate } from '@porthole/core';
import { addObserver, endWork, loadConfig, runInContext, startWork, WorkRecord } from '@porthole/core/internal';
import { setRoute } from '@porthole/http';
import { createLifecycle } from '@porthole/lifecycle';
import { createRequestLog } from '@porthole/logger';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeParts } from './compose.js';

const { config } = loadConfig({ logLevel: 'silent' } as never);
const parts = composeParts(config, { noop: true });
const { logger, metrics, health, tracing, withRecord, lineStyle } = parts;
const { tracer } = tracing;
const lifecycle = createLifecycle({
  deadlineMs: 1000,
  delayMs: 0,
  log: logger,
  onStopping: () => {},
  flushLogs: () => {},
} as never);
const off: (() => void)[] = [];

beforeAll(() => {
  logger.level = 'trace';
  off.push(addObserver(tracing.observer), addObserver(metrics.observer));
  off.push(addObserver(createRequestLog({ ...lineStyle, logger, sink: parts.sink })));
  tracing.register();
});
afterAll(async () => {
  for (const remove of off) remove();
  await tracing.close();
  metrics.close();
});

const refuse = (): never => {
  throw new RangeError('hostile');
};
const refusing: ProxyHandler<object> = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).map((trap) => [trap, refuse]),
);
const NAMES = [
  'name',
  'help',
  'labelNames',
  'buckets',
  'kind',
  'carrier',
  'attributes',
  'links',
  'root',
  'startTime',
  'message',
  'stack',
  'code',
  'context',
  'length',
  'get',
  'set',
  'then',
  'apply',
  'constructor',
  'toString',
  'toJSON',
  'totalCount',
  'on',
  'query',
];

function withGetters(base: object): object {
  for (const name of NAMES) Object.defineProperty(base, name, { get: refuse, enumerable: true, configurable: true });
  return base;
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Made anew for each run, since calls may change them. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  nan: () => Number.NaN,
  infinity: () => Infinity,
  bigint: () => 10n,
  symbol: () => Symbol('s'),
  empty: () => '',
  text: () => 'text',
  proto: () => '__proto__',
  surrogate: () => '\uD800',
  boolean: () => true,
  list: () => [1, 'a', null],
  symbols: () => [Symbol('s'), Object.create(null)],
  object: () => ({}),
  nullPrototype: () => Object.create(null),
  members: () => ({
    name: Symbol('n'),
    help: Object.create(null),
    labelNames: Object.create(null),
    kind: 7n,
    buckets: 'x',
    carrier: 7,
    attributes: Symbol('a'),
  }),
  named: () => ({
    name: 'a_total',
    help: Object.create(null),
    labelNames: [Object.create(null)],
    buckets: [Symbol('b')],
  }),
  getters: () => withGetters({}),
  error: () => {
    const error = new Error('boom');
    // Made of the name and the message when it is read first.
    void error.stack;
    return withGetters(error);
  },
  refusing: () => new Proxy({}, refusing),
  refusingFunction: () => new Proxy(() => {}, refusing),
  refusingList: () => new Proxy([], refusing),
  revoked: () => revoked({}),
  revokedList: () => revoked([]),
  revokedFunction: () => revoked(() => {}),
  unspeakable: () => ({ [Symbol.toPrimitive]: refuse, toString: refuse, toJSON: refuse }),
  date: () => new Date(Number.NaN),
  map: () => new Map<unknown, unknown>([[Symbol('k'), Object.create(null)]]),
  frozen: () => Object.freeze({}),
  cycle: () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    return cycle;
  },
};
const values = fc.tuple(...Array.from({ length: 4 }, () => fc.constantFrom(...Object.keys(VALUES))));
const made = (name: string | undefined): never => VALUES[name ?? '']?.() as never;

type Call = (a: never, b: never, c: never, d: never) => unknown;

const counter = metrics.counter({ name: 'hostile_total', help: 'h', labelNames: ['a'] });
const gauge = metrics.gauge({ name: 'hostile', help: 'h', labelNames: ['a'] });
const histogram = metrics.histogram({ name: 'hostile_seconds', help: 'h', labelNames: ['a'], buckets: [1] });
const record = (): WorkRecord => new WorkRecord('internal', 'work', undefined);
/** A span of the tracer, and that of a record. */
const spans = (use: (span: Span) => unknown): void => {
  use(tracer.startSpan('span'));
  withRecord({ name: 'work' }, () => use(trace.getActiveSpan() as Span));
};

/** What tells, measures or passes on: it never throws. */
const TELEMETRY: Readonly<Record<string, Call>> = {
  'logger.info': (a, b, c) => logger.info(...([a, b, c] as never[] as [never])),
  'logger.error with a field': (a, b) => logger.error({ err: a, field: b }),
  'logger.child': (a, b) => logger.child({ bound: a }).warn(b),
  'counter.add': (a, b) => counter.add(a, b),
  'counter.add with a label': (a) => counter.add(1, { a }),
  'gauge.set': (a, b) => gauge.set(a, b),
  'histogram.observe': (a, b) => histogram.observe(a, b),
  'metrics.observeGauge that reports': (a, b) =>
    metrics.observeGauge({ name: 'g', help: 'h' }, (report) => report(a, b)),
  'health.setReady': (a, b) => health.setReady(a, b),
  setRoute: (a) => setRoute(a),
  'setRoute in a request': (a) => {
    const request = new WorkRecord('server', '', undefined);
    request.method = 'GET';
    startWork(request);
    runInContext(request, () => setRoute(a));
    endWork(request);
  },
  propagate: (a) => propagate(a),
  'propagate in work': (a) => withRecord({ name: 'work' }, () => propagate(a)),
  'record.setAttribute': (a, b) => withRecord({ name: 'work' }, (work) => work.setAttribute(a, b)),
  'record.fail': (a) => withRecord({ name: 'work' }, (work) => work.fail(a)),
  'record.fail alone': (a) => record().fail(a),
  'tracer.startSpan': (a, b, c) => tracer.startSpan(a, b, c).end(a),
  'tracer.startSpan with options': (a, b, c) =>
    tracer.startSpan('s', { kind: a, attributes: b, links: c, startTime: a, root: b }).end(),
  'span.setAttribute': (a, b) => spans((span) => span.setAttribute(a, b).end()),
  'span.setAttributes': (a) => spans((span) => span.setAttributes(a).end()),
  'span.addEvent': (a, b, c) => spans((span) => span.addEvent(a, b, c).end()),
  'span.addLink': (a) => spans((span) => span.addLink(a)),
  'span.addLinks': (a) => spans((span) => span.addLinks(a)),
  'span.addLinks of contexts': (a, b) => spans((span) => span.addLinks([{ context: a, attributes: b }])),
  'span.recordException': (a, b) => spans((span) => span.recordException(a, b)),
  'span.setStatus': (a, b) => spans((span) => span.setStatus(a).setStatus({ code: b, message: a })),
  'span.updateName': (a) => spans((span) => span.updateName(a).end()),
  'span.end': (a) => spans((span) => span.end(a)),
  'trace.getTracer': (a, b) => trace.getTracer(a, b).startSpan('span').end(),
  'context.bind': (a, b) => context.bind(a, b),
  'propagation.inject': (a, b, c) => propagation.inject(a, b, c),
  'propagation.inject in work': (a, b) =>
    withRecord({ name: 'work' }, () => propagation.inject(context.active(), a, b)),
  'propagation.extract': (a, b, c) => propagation.extract(a, b, c),
  'work in a context of hostile values': (a, b) =>
    context.with(a, () => {
      logger.info('in it');
      tracer.startSpan('span').end();
      withRecord({ name: 'work' }, () => propagate({}));
      trace.getActiveSpan();
      propagation.inject(context.active(), {}, { set: b });
    }),
};

/** What registers: a mistake is a `PortholeError`. */
const REGISTRATIONS: Readonly<Record<string, Call>> = {
  'metrics.counter': (a) => metrics.counter(a).add(1),
  'metrics.gauge': (a) => metrics.gauge(a).set(1),
  'metrics.histogram': (a) => metrics.histogram(a).observe(1),
  'metrics.counter with names': (a, b, c) => metrics.counter({ name: a, help: b, labelNames: c }).add(1),
  'metrics.histogram with buckets': (a, b) =>
    metrics.histogram({ name: 'buckets_seconds', help: a, buckets: b }).observe(1),
  'metrics.observeCounter': (a, b) => metrics.observeCounter(a, b),
  'metrics.observeGauge': (a, b) => metrics.observeGauge(a, b),
  'health.liveness': (a, b, c) => health.liveness(a, b, c)(),
  'health.readiness': (a, b) => health.readiness(a, () => true, b)(),
  'health.startup': (a, b) => health.startup('a', a, b)(),
  onShutdown: (a, b) => lifecycle.onExit('dependencies', a, b)(),
  recordPg: (a) => recordPg(a),
  recordMongo: (a) => recordMongo(a),
  recordMysql2: (a) => recordMysql2(a),
  recordPrisma: (a) => recordPrisma(a),
};

/** What runs a function: once, and its result or error is the caller's. */
const RUNNERS: Readonly<Record<string, (fn: () => unknown, a: never, b: never, c: never) => unknown>> = {
  withRecord: (fn, a) => withRecord(a, fn),
  'withRecord with members': (fn, a, b, c) => withRecord({ kind: a, name: b, carrier: c, attributes: a }, fn),
  'withRecord of a message': (fn, a, b) => withRecord({ kind: 'consumer', name: 'n', carrier: a, attributes: b }, fn),
  'withRecord of a message that is sent': (fn, a) => withRecord({ kind: 'producer', name: 'n', carrier: a }, fn),
  'context.with': (fn, a) => context.with(a, fn),
  'context.with and this': (fn, a, b, c) => context.with(a, fn, b, c),
  'context.bind': (fn, a) => (context.bind(a, fn) as () => unknown)(),
  'tracer.startActiveSpan': (fn, a) => tracer.startActiveSpan(a, fn),
  'tracer.startActiveSpan with options': (fn, a, b) => tracer.startActiveSpan(a, b, fn),
  'tracer.startActiveSpan with a context': (fn, a, b, c) => tracer.startActiveSpan(a, b, c, fn),
};

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('never throws, whatever it is given', () => {
  test.each(Object.entries(TELEMETRY))('%s', (_name, call) => {
    fc.assert(
      fc.property(values, ([a, b, c, d]) => {
        expect(thrownBy(() => call(made(a), made(b), made(c), made(d)))).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });
});

describe('throws a PortholeError or nothing', () => {
  test.each(Object.entries(REGISTRATIONS))('%s', (_name, call) => {
    fc.assert(
      fc.property(values, ([a, b, c, d]) => {
        const error = thrownBy(() => call(made(a), made(b), made(c), made(d)));
        if (error !== undefined) expect(PortholeError.is(error), String((error as Error)?.stack)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});

describe('runs the function once and passes on what comes of it', () => {
  test.each(Object.entries(RUNNERS))('%s', (_name, run) => {
    fc.assert(
      fc.property(values, ([a, b, c, outcome]) => {
        let runs = 0;
        const result = made(outcome);
        const returned = run(
          () => {
            runs++;
            return result;
          },
          made(a),
          made(b),
          made(c),
        );
        expect([runs, Object.is(returned, result)]).toEqual([1, true]);
        const thrown = thrownBy(() =>
          run(
            () => {
              runs++;
              throw result;
            },
            made(a),
            made(b),
            made(c),
          ),
        );
        expect([runs, Object.is(thrown, result)]).toEqual([2, true]);
      }),
      { numRuns: 400 },
    );
  });
});
