import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { internalErrors } from '../internal-errors.js';
import { type Carrier, propagate } from '../propagation/carrier.js';
import { activeRecord } from './context.js';
import { abortWorkInFlight, addObserver, requestsInFlight } from './observer.js';
import { SAMPLED, spanIdOf, traceIdOf } from './span-context.js';
import { withRecord } from './with-record.js';
import type { WorkRecord } from './work-record.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let started: WorkRecord[];
let ended: WorkRecord[];
let takeOff: () => void;

beforeEach(() => {
  started = [];
  ended = [];
  takeOff = addObserver({
    component: 'test',
    start: (record) => started.push(record),
    end: (record) => ended.push(record),
  });
});

afterEach(() => takeOff());

describe('work that returns', () => {
  test('is active while it runs and ended when it has returned', () => {
    const result = withRecord(
      { kind: 'consumer', name: 'orders', attributes: { 'messaging.system': 'kafka' } },
      (record) => {
        expect(activeRecord()).toBe(record);
        expect(started).toEqual([record]);
        expect(ended).toEqual([]);
        return 'done';
      },
    );
    expect(result).toBe('done');
    expect(activeRecord()).toBeUndefined();
    expect(ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({
      kind: 'consumer',
      name: 'orders',
      attributes: { 'messaging.system': 'kafka' },
      errorType: '',
      error: undefined,
      isRoot: true,
    });
  });

  test('is internal where nobody says what kind it is', () => {
    withRecord({ name: 'job' }, () => {});
    expect(ended[0]?.kind).toBe('internal');
  });

  test.each<[unknown, { kind: string; name: string }]>([
    [undefined, { kind: 'internal', name: 'unnamed' }],
    ['send mails', { kind: 'internal', name: 'unnamed' }],
    [{}, { kind: 'internal', name: 'unnamed' }],
    [
      { name: 7, kind: 'consumer' },
      { kind: 'consumer', name: 'unnamed' },
    ],
    [
      { name: 'send mails', kind: 'job' },
      { kind: 'internal', name: 'send mails' },
    ],
  ])('is done and told of where %j describes it, and the mistake is counted', (work, expected) => {
    const before = internalErrors().get('context')?.count ?? 0;
    expect(withRecord(work as never, () => 'done')).toBe('done');
    expect(ended).toMatchObject([expected]);
    expect(internalErrors().get('context')?.count).toBe(before + 1);
  });

  test('is done and told of where its description cannot be read, and that is counted', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const before = internalErrors().get('context')?.count ?? 0;
    expect(withRecord(proxy as never, () => 'done')).toBe('done');
    expect(ended).toMatchObject([{ kind: 'internal', name: 'unnamed' }]);
    expect(internalErrors().get('context')?.count).toBe(before + 1);
  });

  test('may return a lazy query: its then is not called', () => {
    let calls = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: that is what a lazy query is
      then: () => {
        calls++;
      },
    };
    expect(withRecord({ name: 'query' }, () => query)).toBe(query);
    expect(calls).toBe(0);
    expect(ended).toHaveLength(1);
  });

  test('keeps its own copy of the attributes', () => {
    const attributes = { 'messaging.system': 'kafka' };
    withRecord({ name: 'job', attributes }, (record) => record.setAttribute('added', 1));
    expect(attributes).toEqual({ 'messaging.system': 'kafka' });
    expect(ended[0]?.attributes).toEqual({ 'messaging.system': 'kafka', added: 1 });
  });
});

describe('work that throws', () => {
  test('is ended as failed, and the caller gets what was thrown', () => {
    const error = new TypeError('no');
    expect(() =>
      withRecord({ name: 'job' }, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({ error, errorType: 'TypeError' });
  });

  test.each([
    ['a text', 'no', 'string'],
    ['undefined', undefined, 'undefined'],
    ['an error whose name cannot be read', errorWithName({ get: () => unreadable() }), 'Error'],
    ['an error whose name is a number', errorWithName({ value: 5 }), 'Error'],
    ['an error without a name', errorWithName({ value: '' }), 'Error'],
    ['a revoked proxy', revoked(), 'object'],
  ])('with %s: that comes out, and nothing else', (_, thrown, errorType) => {
    let caught: unknown = 'nothing';
    try {
      withRecord({ name: 'job' }, () => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    // Not toBe: printing a revoked proxy would throw.
    expect(Object.is(caught, thrown)).toBe(true);
    expect(ended).toHaveLength(1);
    expect(ended[0]?.errorType).toBe(errorType);
  });

  test('keeps the error type that it has been given', () => {
    expect(() =>
      withRecord({ name: 'job' }, (record) => {
        record.errorType = '503';
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(ended[0]?.errorType).toBe('503');
  });
});

describe('work that goes on', () => {
  test('is active across awaits, and ended before the caller goes on', async () => {
    const promise = withRecord({ name: 'job' }, async (record) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(activeRecord()).toBe(record);
      return 'done';
    });
    expect(activeRecord()).toBeUndefined();
    expect(ended).toEqual([]);
    expect(await promise).toBe('done');
    expect(ended).toHaveLength(1);
  });

  test('is ended as failed when its promise is rejected, and the caller gets the reason', async () => {
    const error = new RangeError('no');
    await expect(withRecord({ name: 'job' }, () => Promise.reject(error))).rejects.toBe(error);
    expect(ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({ error, errorType: 'RangeError' });
  });
});

describe('the parent', () => {
  test('of nested work is the work around it', async () => {
    await withRecord({ name: 'outer' }, async (outer) => {
      await Promise.resolve();
      withRecord({ name: 'inner' }, (inner) => {
        expect(traceIdOf(inner)).toBe(traceIdOf(outer));
        expect([inner.parentSpanId0, inner.parentSpanId1]).toEqual([outer.spanId0, outer.spanId1]);
        expect(spanIdOf(inner)).not.toBe(spanIdOf(outer));
        expect(inner.isRoot).toBe(false);
      });
      expect(activeRecord()).toBe(outer);
    });
    expect(ended.map((record) => record.name)).toEqual(['inner', 'outer']);
  });

  test('of work that runs side by side is not mixed up', async () => {
    const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        withRecord({ name: `outer ${i}` }, async (outer) => {
          for (let round = 0; round < i % 5; round++) await pause();
          await withRecord({ name: 'inner' }, async (inner) => {
            await pause();
            expect(activeRecord()).toBe(inner);
            expect(traceIdOf(inner)).toBe(traceIdOf(outer));
          });
          expect(activeRecord()).toBe(outer);
        }),
      ),
    );
    expect(new Set(ended.map(traceIdOf)).size).toBe(50);
    expect(ended).toHaveLength(100);
  });

  test.each([
    ['text', { traceparent: TRACEPARENT, tracestate: 'rojo=1', baggage: 'a=1' }],
    ['text under names of odd case', { Traceparent: TRACEPARENT, TRACESTATE: 'rojo=1', BagGage: 'a=1' }],
    [
      'bytes',
      {
        traceparent: Buffer.from(TRACEPARENT),
        tracestate: new TextEncoder().encode('rojo=1'),
        baggage: Buffer.from('a=1'),
      },
    ],
    [
      'several values under one name',
      { traceparent: [TRACEPARENT], tracestate: ['rojo=1'], baggage: [Buffer.from('a=1')] },
    ],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { traceparent: TRACEPARENT, tracestate: 'rojo=1', baggage: 'a=1' }),
    ],
  ])('comes from a carrier that holds %s', (_, carrier) => {
    withRecord({ name: 'job', carrier }, () => {});
    const record = ended[0] as WorkRecord;
    expect(traceIdOf(record)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect([record.parentSpanId0, record.parentSpanId1]).toEqual([0x00f067aa, 0x0ba902b7]);
    expect(record.traceFlags).toBe(SAMPLED);
    expect(record.traceState).toBe('rojo=1');
    expect(record.baggage).toBe('a=1');
    expect(record.parentIsRemote).toBe(true);
  });

  test('is nobody where a carrier names two, whose lists are joined', () => {
    const carrier = { traceparent: [TRACEPARENT, TRACEPARENT], baggage: ['a=1', 5, Buffer.from('b=2')] };
    withRecord({ name: 'job', carrier }, () => {});
    expect(ended[0]).toMatchObject({ isRoot: true, baggage: 'a=1,b=2' });
  });

  test('is the work around it where the carrier is undefined; its baggage goes on', () => {
    withRecord({ name: 'outer', carrier: { baggage: 'a=1' } }, (outer) => {
      expect(outer).toMatchObject({ isRoot: true, baggage: 'a=1' });
      withRecord({ name: 'inner', carrier: undefined }, (inner) => {
        expect([inner.parentSpanId0, inner.parentSpanId1]).toEqual([outer.spanId0, outer.spanId1]);
        expect(inner).toMatchObject({ baggage: 'a=1', parentIsRemote: false });
      });
    });
  });

  test('is nobody where the carrier names none, even inside other work', () => {
    withRecord({ name: 'outer' }, () => withRecord({ name: 'inner', carrier: {} }, () => {}));
    expect(ended.map((record) => [record.name, record.isRoot])).toEqual([
      ['inner', true],
      ['outer', true],
    ]);
  });

  test('is nobody where the carrier cannot be read; that is counted, and the work runs', () => {
    const before = internalErrors().get('context')?.count ?? 0;
    const carrier = new Proxy({}, { has: unreadable, get: unreadable, ownKeys: unreadable });
    expect(withRecord({ name: 'job', carrier }, () => 'done')).toBe('done');
    expect(ended[0]?.isRoot).toBe(true);
    expect(internalErrors().get('context')?.count).toBe(before + 1);
  });

  test('is found, or not, in whatever a carrier holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('traceparent', 'Tracestate', 'baggage', 'x'), fc.anything()),
        (carrier) => {
          expect(withRecord({ name: 'job', carrier }, () => 'done')).toBe('done');
        },
      ),
    );
  });
});

test('attributes that cannot be read are counted, and the work runs', () => {
  const before = internalErrors().get('context')?.count ?? 0;
  const attributes = Object.defineProperty({}, 'a', { enumerable: true, get: unreadable });
  expect(withRecord({ name: 'job', attributes }, () => 'done')).toBe('done');
  expect(ended[0]?.attributes).toBeUndefined();
  expect(internalErrors().get('context')?.count).toBe(before + 1);
});

function unreadable(): never {
  throw new Error('cannot be read');
}

function errorWithName(descriptor: PropertyDescriptor): Error {
  return Object.defineProperty(new Error('no'), 'name', descriptor);
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('the carrier of work that goes out', () => {
  const parentOf = (traceparent: unknown): string => String(traceparent).slice(36, 52);

  test.each<[string, () => Carrier, (carrier: never) => unknown]>([
    ['a plain object', () => ({}), (carrier: Record<string, unknown>) => carrier.traceparent],
    [
      'an object without a prototype',
      () => Object.create(null),
      (carrier: Record<string, unknown>) => carrier.traceparent,
    ],
    ['Headers', () => new Headers(), (carrier: Headers) => carrier.get('traceparent')],
    ['a Map', () => new Map(), (carrier: Map<string, string>) => carrier.get('traceparent')],
  ])('gets the context of its record: %s', (_, create, read) => {
    const carrier = create();
    withRecord({ name: 'outer' }, (outer) => {
      withRecord({ kind: 'producer', name: 'send orders', carrier }, (record) => {
        expect(parentOf(read(carrier as never))).toBe(spanIdOf(record));
        expect([record.parentSpanId0, record.parentSpanId1]).toEqual([outer.spanId0, outer.spanId1]);
      });
    });
    const [sent] = ended;
    withRecord({ kind: 'consumer', name: 'process orders', carrier }, (record) => {
      expect([record.parentSpanId0, record.parentSpanId1]).toEqual([sent?.spanId0, sent?.spanId1]);
      expect(record.parentIsRemote).toBe(true);
    });
  });

  test('keeps a context that it has', () => {
    const carrier = { Traceparent: TRACEPARENT };
    withRecord({ kind: 'client', name: 'call', carrier }, () => {});
    expect(carrier).toEqual({ Traceparent: TRACEPARENT });
  });

  test.each([
    ['is frozen', Object.freeze({})],
    ['cannot be written to', new Proxy({}, { has: unreadable, get: unreadable, set: unreadable, ownKeys: unreadable })],
  ])('that %s is counted, and the work runs', (_, carrier) => {
    const before = internalErrors().get('context')?.count ?? 0;
    expect(withRecord({ kind: 'producer', name: 'send', carrier }, () => 'done')).toBe('done');
    expect(internalErrors().get('context')?.count).toBe(before + 1);
  });

  test('gets the active context from propagate, which does nothing outside of work', () => {
    const carrier: Record<string, unknown> = {};
    propagate(carrier);
    expect(carrier).toEqual({});
    withRecord({ name: 'job', carrier: { baggage: 'a=1' } }, (record) => {
      propagate(carrier);
      expect(carrier).toEqual({ traceparent: expect.stringContaining(spanIdOf(record)), baggage: 'a=1' });
    });
  });
});

describe('work that is under way when the process ends', () => {
  test.each(['internal', 'consumer', 'client', 'server'] as const)(
    'of kind %s is ended as aborted, once',
    async (kind) => {
      let finish: () => void = () => {};
      const work = withRecord({ kind, name: 'job' }, () => new Promise<void>((resolve) => (finish = resolve)));
      abortWorkInFlight();
      abortWorkInFlight();
      expect(ended).toMatchObject([{ name: 'job', aborted: true, errorType: 'aborted' }]);
      finish();
      await work;
      expect(ended).toHaveLength(1);
      expect(requestsInFlight().size).toBe(0);
    },
  );

  test('is ended even if that happens inside of it', () => {
    withRecord({ name: 'outer' }, () => withRecord({ name: 'inner' }, abortWorkInFlight));
    expect(ended.map(({ name }) => name).sort()).toEqual(['inner', 'outer']);
  });

  test('is not what has ended, returned, thrown or rejected', async () => {
    withRecord({ name: 'returned' }, () => {});
    expect(() => withRecord({ name: 'thrown' }, unreadable)).toThrow();
    await withRecord({ name: 'rejected' }, () => Promise.reject(new Error('no'))).catch(() => {});
    abortWorkInFlight();
    expect(ended.map(({ name, aborted }) => [name, aborted])).toEqual([
      ['returned', false],
      ['thrown', false],
      ['rejected', false],
    ]);
  });
});
