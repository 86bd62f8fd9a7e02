import { tracingChannel } from 'node:diagnostics_channel';
import vm from 'node:vm';
import {
  type Instruments,
  internalErrors,
  noInstruments,
  type Report,
  runInContext,
  spanIdOf,
  traceIdOf,
  WorkRecord,
} from '@porthole/core/internal';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { createFileSink } from './file-sink.fixture.js';
import { createLogger } from './logger.js';

const sink = createFileSink();
const logger = createLogger({ level: 'trace', format: 'json', serviceName: 'orders', sink });
afterAll(() => sink.close());

function onlyLine(): Record<string, unknown> {
  const lines = sink.lines();
  expect(lines).toHaveLength(1);
  return lines[0] as Record<string, unknown>;
}

describe('a log line', () => {
  test('has the members of the schema in their order, then bindings, then fields', () => {
    const record = new WorkRecord('server', '', undefined);
    const child = logger.child({ 'order.id': 17 });
    runInContext(record, () => child.warn({ attempt: 2 }, 'late by %d ms', 40));
    const line = onlyLine();
    expect(line).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'warn',
      severity_number: 13,
      message: 'late by 40 ms',
      'service.name': 'orders',
      trace_id: traceIdOf(record),
      span_id: spanIdOf(record),
      trace_flags: '02',
      'order.id': 17,
      attempt: 2,
    });
    expect(Object.keys(line).slice(0, 8)).toEqual([
      'timestamp',
      'level',
      'severity_number',
      'message',
      'service.name',
      'trace_id',
      'span_id',
      'trace_flags',
    ]);
  });

  test('has no trace members outside a unit of work', () => {
    logger.info('idle');
    expect(Object.keys(onlyLine())).toEqual(['timestamp', 'level', 'severity_number', 'message', 'service.name']);
  });

  test.each([
    ['trace', 1],
    ['debug', 5],
    ['info', 9],
    ['warn', 13],
    ['error', 17],
    ['fatal', 21],
  ] as const)('of level %s has the severity number %i', (level, number) => {
    logger[level]('x');
    expect(onlyLine()).toMatchObject({ level, severity_number: number });
  });

  test('moves fields that have a name of the schema, and never has a name twice', () => {
    logger
      .child({ level: 'a', span_id: 'b' })
      .info({ level: 1, 'fields.level': 2, message: 'x', trace_id: 'y' }, 'own');
    const text = sink.text();
    const names = [...text.matchAll(/"([^"]+)":/g)].map((match) => match[1]);
    expect(names).toEqual([...new Set(names)]);
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      message: 'own',
      'fields.span_id': 'b',
      'fields.level': 1,
      'fields.fields.level': 2,
      'fields.message': 'x',
      'fields.trace_id': 'y',
    });
  });

  test('takes its message from msg where none is given', () => {
    logger.info({ msg: 'from the fields', id: 1 });
    expect(onlyLine()).toMatchObject({ message: 'from the fields', id: 1 });
    logger.info({ msg: 'a field' }, 'the message');
    expect(onlyLine()).toMatchObject({ message: 'the message', msg: 'a field' });
  });

  test('stays below 16 KiB, cuts what is too long and keeps the error', () => {
    const error = new Error('e'.repeat(100_000));
    const child = logger
      .child({ big: 'b'.repeat(50_000), [`k${'k'.repeat(50_000)}`]: 1 })
      .child({ other: 'ö'.repeat(50_000) });
    child.error(
      { body: '\u0001'.repeat(100_000), list: Array(100_000).fill('x'), err: error, after: 1 },
      '"'.repeat(100_000),
    );
    const text = sink.text();
    expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024);
    const line = JSON.parse(text) as Record<string, string>;
    expect(line.message).toMatch(/^"+…$/);
    expect(line['exception.message']).toMatch(/^e+…$/);
    expect(line['exception.stacktrace']).toMatch(/^Error: e+…$/);
  });
});

describe('an error', () => {
  test('under err, under error or by itself becomes exception members, with its causes', () => {
    const error = new TypeError('outer', { cause: new RangeError('inner') });
    for (const log of [() => logger.error({ err: error }), () => logger.error({ error }), () => logger.error(error)]) {
      log();
      expect(onlyLine()).toMatchObject({
        message: 'outer',
        'exception.type': 'TypeError',
        'exception.message': 'outer',
        'exception.stacktrace': expect.stringMatching(
          /^TypeError: outer\n {4}at [\s\S]*\ncaused by: RangeError: inner\n/,
        ),
      });
    }
  });

  test('deeper in the fields becomes an object', () => {
    logger.error({ failures: [new RangeError('first')] }, 'x');
    const stack = expect.stringMatching(/^RangeError: first\n/);
    expect(onlyLine().failures).toEqual([{ type: 'RangeError', message: 'first', stack }]);
  });

  test('whose causes go round or on and on is told with an end', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    logger.error(loop);
    expect(onlyLine()['exception.stacktrace']).toMatch(/\ncaused by: …$/);
    let chain = new Error('0');
    for (let i = 1; i < 100; i++) chain = new Error(String(i), { cause: chain });
    logger.error(chain);
    expect(String(onlyLine()['exception.stacktrace']).match(/caused by/g)).toHaveLength(6);
  });

  test('that holds others names them, and one of a class or another realm is an error too', () => {
    class NotFound extends Error {}
    logger.error(new AggregateError([new NotFound('a'), new NotFound('b')], ''));
    expect(onlyLine()['exception.stacktrace']).toMatch(/caused by: Error: a\n[\s\S]*caused by: Error: b\n/);
    logger.error(new NotFound('gone'));
    expect(onlyLine()).toMatchObject({ 'exception.type': 'NotFound', 'exception.message': 'gone' });
    logger.error(vm.runInContext('new TypeError("foreign")', vm.createContext()));
    expect(onlyLine()).toMatchObject({ message: 'foreign', 'exception.type': 'TypeError' });
  });

  test('wins over fields and bindings of its names', () => {
    logger.child({ err: new Error('bound') }).error({ err: new Error('thrown'), 'exception.type': 'mine' }, 'x');
    const line = onlyLine();
    expect(line).toMatchObject({ 'exception.message': 'thrown', 'fields.exception.type': 'mine' });
    expect(String(line['exception.stacktrace'])).not.toContain('bound');
  });
});

describe('what pino has', () => {
  test('serializers of a child, as Fastify gives them', () => {
    const serializers = { req: (req: { url: string }) => ({ url: req.url }), err: pino.stdSerializers.err };
    const child = logger.child({}, { serializers }).child({ req: { url: '/bound', secret: 1 } });
    child.info({ res: { statusCode: 200 } }, 'x');
    expect(onlyLine()).toMatchObject({ req: { url: '/bound' }, res: { statusCode: 200 } });
    child.error({ req: { url: '/field', secret: 1 }, err: new Error('boom') });
    expect(onlyLine()).toMatchObject({ req: { url: '/field' }, message: 'boom', 'exception.message': 'boom' });
    logger
      .child({}, { serializers: { err: (e: Error) => ({ type: 'Mine', message: e.message.length, stack: '' }) } })
      .error(new Error('four'));
    expect(onlyLine()).toMatchObject({ message: 'four', err: { type: 'Mine', message: 4 } });
  });

  test('redaction, message prefix, formatters and custom levels of a child', () => {
    const child = logger.child(
      { password: 'p', user: { token: 't' } },
      {
        redact: ['password', 'user.token'],
        msgPrefix: '[db] ',
        customLevels: { notice: 35 },
        formatters: { log: (fields: object) => ({ ...fields, seen: true }) },
      },
    );
    child.notice({ user: { token: 'u', id: 1 } }, 'ready');
    expect(onlyLine()).toMatchObject({
      level: 'notice',
      severity_number: 11,
      message: '[db] ready',
      password: '[Redacted]',
      user: { token: '[Redacted]', id: 1 },
      seen: true,
    });
  });

  test('bindings() and setBindings()', () => {
    const child = logger.child({ a: 1 }).child({ b: { c: 'x' } });
    expect(child.bindings()).toEqual({ a: 1, b: { c: 'x' } });
    child.setBindings({ a: 2 });
    expect(child.bindings()).toEqual({ b: { c: 'x' }, a: 2 });
    child.info('x');
    expect(onlyLine()).toMatchObject({ a: 2, b: { c: 'x' } });
    expect(logger.bindings()).toEqual({});
  });

  test('a level that changes while it runs, also of a child', () => {
    const own = createLogger({ level: 'info', format: 'json', serviceName: 'orders', sink });
    own.debug('not yet');
    own.level = 'debug';
    own.debug('now');
    own.child({}, { level: 'error' }).warn('too low');
    expect(sink.lines().map((line) => line.message)).toEqual(['now']);
    expect(own.isLevelEnabled('trace')).toBe(false);
  });

  test('the channel on which pino publishes its lines', () => {
    const published: unknown[] = [];
    const channel = tracingChannel('pino_asJson');
    const onEnd = (message: unknown): void => void published.push((message as { result: string }).result);
    channel.end.subscribe(onEnd);
    logger.info('seen');
    channel.end.unsubscribe(onEnd);
    expect(published).toEqual([sink.text()]);
  });

  test('flush calls back', () => {
    let called = false;
    logger.flush(() => {
      called = true;
    });
    expect(called).toBe(true);
  });
});

describe('hostile values', () => {
  const thrower = (): never => {
    throw new Error('no');
  };
  const cyclic: Record<string, unknown> = {};
  cyclic.self = { cyclic };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  let deep: unknown = 'bottom';
  for (let i = 0; i < 100_000; i++) deep = { deep };
  const fields: Record<string, unknown> = {
    getter: Object.defineProperty({ ok: 1 }, 'bad', { get: thrower, enumerable: true }),
    toJSON: { toJSON: thrower },
    keys: new Proxy({}, { ownKeys: thrower }),
    values: new Proxy({ a: 1 }, { get: thrower }),
    prototype: new Proxy({ a: 1 }, { getPrototypeOf: thrower }),
    revoked: revoked.proxy,
    endless: new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 53 : undefined) }),
    cyclic,
    deep,
    big: 10n ** 400n,
    numbers: [-0, Number.NaN, Number.POSITIVE_INFINITY, 1e300],
    map: new Map<unknown, unknown>([
      [{}, 1],
      ['a', cyclic],
    ]),
    set: new Set([new Set([1])]),
    bytes: [Buffer.alloc(1e6), new Uint8Array(3), new Float64Array(2), new DataView(new ArrayBuffer(1))],
    date: [new Date(Number.NaN), new Date(0)],
    absent: [undefined, () => {}, Symbol('s')],
    boxed: [new String('s'), Object(1n), Object(Symbol('s'))],
    error: Object.defineProperty(new Error('e'), 'stack', { get: thrower }),
    err: Object.defineProperty(new Error('e'), 'message', { value: { toString: thrower } }),
    null: Object.assign(Object.create(null), { __proto__: 1, constructor: 2 }),
    regenerating: { toJSON: () => ({ toJSON: thrower, next: fields }) },
    long: 'x'.repeat(1e6),
    wide: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i])),
  };

  test.each(Object.keys(fields))('%s: as a field, as a binding and as the merging object', (key) => {
    const value = fields[key];
    logger.info({ [key]: value, after: 1 }, 'still here');
    expect(onlyLine()).toMatchObject({ message: expect.stringContaining('still here'), after: 1 });
    logger.child({ [key]: value }).info('bound');
    expect(onlyLine()).toMatchObject({ message: 'bound' });
    (logger.info as (...args: unknown[]) => void)(value, 'merged');
    expect(sink.lines().length).toBe(1);
    (logger.info as (...args: unknown[]) => void)('%s %o', value, value);
    expect(sink.lines().length).toBe(1);
  });

  test('bindings are those of the moment in which the child was made, each read once', () => {
    let reads = 0;
    const counting = Object.defineProperty({}, 'a', { get: () => ++reads, enumerable: true });
    const changing = { a: 'before' };
    const proxy = new Proxy({ a: 'before' }, { get: (target, key) => Reflect.get(target, key) });
    const children = [counting, changing, proxy].map((bindings) => logger.child(bindings));
    changing.a = 'after';
    for (const child of children) child.info('x');
    expect(sink.lines().map((line) => line.a)).toEqual([1, 'before', 'before']);
  });

  test.each(['getter', 'keys', 'values', 'prototype', 'symbol', 'inherited'])(
    'bindings that are hostile themselves: %s',
    (key) => {
      const all: Record<string, unknown> = {
        ...fields,
        symbol: Object.defineProperty({ ok: 1 }, Symbol('s'), { get: thrower, enumerable: true }),
        inherited: Object.create(Object.defineProperty({}, 'bad', { get: thrower, enumerable: true })),
      };
      logger.child(all[key] as object).info('bound');
      expect(onlyLine()).toMatchObject({ message: 'bound' });
    },
  );

  test('options of a child that cannot be read count as none', () => {
    const { proxy: options, revoke } = Proxy.revocable({}, {});
    revoke();
    logger.child({ a: 1 }, options).info('bound');
    expect(onlyLine()).toMatchObject({ message: 'bound', a: 1 });
  });

  test('what cannot be read is named and counted, and the rest of the object is there', () => {
    const before = internalErrors().get('logger')?.count ?? 0;
    logger.info({ object: fields.getter });
    expect(onlyLine().object).toEqual({ ok: 1, bad: '[unreadable: no]' });
    expect(internalErrors().get('logger')?.count).toBe(before + 1);
  });

  test('get a sensible form where they have one', () => {
    logger.info({ ...fields, long: undefined, wide: undefined, deep: { a: { b: 1 } }, endless: [1], big: 12n });
    expect(onlyLine()).toMatchObject({
      cyclic: { self: { cyclic: '[Circular]' } },
      numbers: [0, null, null, 1e300],
      map: [
        [{}, 1],
        ['a', expect.anything()],
      ],
      set: [[1]],
      bytes: [
        '[Uint8Array: 1000000 bytes]',
        '[Uint8Array: 3 bytes]',
        '[Float64Array: 16 bytes]',
        '[DataView: 1 bytes]',
      ],
      date: [null, '1970-01-01T00:00:00.000Z'],
      absent: [null, null, null],
      big: '12',
    });
  });

  test('of any shape give one valid line each, below 16 KiB, with every name once', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      maxDepth: 4,
      key: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          'level',
          'message',
          'msg',
          'err',
          'error',
          'trace_id',
          'fields.level',
          '__proto__',
          'toJSON',
          'exception.type',
          '…',
        ),
      ),
    });
    // fast-check itself trips over a revoked proxy.
    const hostile = fc.oneof(anything, fc.constantFrom(...Object.values({ ...fields, revoked: null })));
    const bag = fc.dictionary(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('level', 'err', 'msg', 'a')),
      hostile,
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(bag, hostile, fc.array(hostile, { maxLength: 3 }), (bindings, first, rest) => {
        (logger.child(bindings).info as (...args: unknown[]) => void)(first, ...rest);
        const text = sink.text();
        expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024);
        expect(text.indexOf('\n')).toBe(text.length - 1);
        const names = topLevelNames(text);
        expect(names).toEqual([...new Set(names)]);
        expect(names.slice(0, 5)).toEqual(['timestamp', 'level', 'severity_number', 'message', 'service.name']);
      }),
      { numRuns: 400 },
    );
  });
});

test('lines are counted by level, and dropped ones too', () => {
  const collected = new Map<string, (report: Report) => void>();
  const instruments: Instruments = {
    ...noInstruments,
    observeCounter: ({ name }, collect) => void collected.set(name, collect),
  };
  const own = createLogger({ level: 'info', format: 'json', serviceName: 'orders', sink, instruments });
  own.info('1');
  own.child({}).error('2');
  own.debug('not written');
  const reports: unknown[] = [];
  collected.get('porthole_log_lines_total')?.((value, labels) => reports.push([labels?.level, value]));
  collected.get('porthole_log_dropped_total')?.((value) => reports.push(value));
  expect(reports).toEqual([['trace', 0], ['debug', 0], ['info', 1], ['warn', 0], ['error', 1], ['fatal', 0], 0]);
  sink.text();
});

/** `JSON.parse` would hide a name that is there twice. */
function topLevelNames(json: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")(?=:)|"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && name !== undefined) names.push(JSON.parse(name) as string);
  }
  return names;
}
