import type { HrTime } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type AttributeValue, PortholeError, type WorkKind } from '@porthole/core';
import { parseTraceparent, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecodedSpan, decodeTraces, spansOf } from '../testing/decode-traces.js';
import { createSpanClock } from './span-clock.js';
import type { SpanDetails } from './span-details.js';
import { createSpanEncoder } from './span-encoder.js';
import { createSpanQueue } from './span-queue.js';

const RESOURCE = { 'service.name': 'orders', 'process.pid': 7, flags: [true, false], ratio: 0.5 };
const STOCK_RESOURCE = resourceFromAttributes(RESOURCE);
const SCOPE = { name: 'porthole', version: '1.2.3' };
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03';

const clock = createSpanClock();
const encoder = createSpanEncoder(clock);

const encodeAll = (...entries: readonly (readonly [WorkRecord, (SpanDetails | undefined)?])[]): Uint8Array => {
  const queue = createSpanQueue({ resource: RESOURCE, encode: encoder, maxBytes: 1_000_000 });
  for (const [record, details] of entries) expect(queue.add(record, SCOPE, details)).toBe(true);
  const batch = queue.take();
  return Buffer.concat([batch?.head ?? new Uint8Array(), batch?.body ?? new Uint8Array()]);
};
const encodeOne = (record: WorkRecord, details?: SpanDetails): DecodedSpan =>
  spansOf(encodeAll([record, details]))[0] as DecodedSpan;

const ended = (kind: WorkKind, name: string, fields: Partial<WorkRecord> = {}, traceparent?: string): WorkRecord => {
  const record = new WorkRecord(kind, name, traceparent === undefined ? undefined : parseTraceparent(traceparent));
  Object.assign(record, fields);
  record.sampled = true;
  record.endMs = record.startMs + 12.5;
  return record;
};

const request = (fields: Partial<WorkRecord> = {}): WorkRecord =>
  ended('server', '', {
    method: 'GET',
    route: '/orders/:id',
    path: '/orders/7',
    scheme: 'http',
    protocolVersion: '1.1',
    status: 200,
    clientAddress: '192.0.2.1',
    userAgent: 'curl/8',
    ...fields,
  });

describe('the encoder of spans', () => {
  test('writes the same as the stock serializer does for an equal span', () => {
    const record = request();
    record.setAttribute('app.tags', ['a', 'ü', '']);
    record.setAttribute('app.price', -12.75);
    record.setAttribute('app.count', -3);
    record.setAttribute('app.big', 2 ** 53);
    record.setAttribute('app.empty', []);
    record.setAttribute('app.paid', true);
    const child = ended('client', 'GET', { attributes: { 'db.system.name': 'redis' } }, TRACEPARENT);

    const ours = decodeTraces(encodeAll([record], [child]));
    const theirs = decodeTraces(
      ProtobufTraceSerializer.serializeRequest([
        readable(record, 'GET /orders/:id', {
          'http.request.method': 'GET',
          'url.scheme': 'http',
          'http.route': '/orders/:id',
          'http.response.status_code': 200,
          'network.protocol.version': '1.1',
          'url.path': '/orders/7',
          'client.address': '192.0.2.1',
          'user_agent.original': 'curl/8',
          ...record.attributes,
        }),
        readable(child, 'GET', { 'db.system.name': 'redis' }),
      ]) as Uint8Array,
    );

    expect(ours).toEqual(theirs);
    expect(ours.scopes[0]?.spans.length).toBe(2);
  });

  test('writes any attribute as the stock serializer does', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(2 ** 62, -(2 ** 63), 2 ** 63),
    );
    const value = fc.oneof(text, number, fc.boolean(), fc.array(text), fc.array(number), fc.array(fc.boolean()));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), value), (attributes) => {
        const record = ended('internal', 'job', { attributes: attributes as Record<string, AttributeValue> });
        const theirs = ProtobufTraceSerializer.serializeRequest([readable(record, 'job', attributes)]) as Uint8Array;
        expect(decodeTraces(encodeAll([record]))).toEqual(decodeTraces(theirs));
      }),
    );
  });

  test('keeps halves of surrogate pairs from breaking the message', () => {
    const span = encodeOne(ended('internal', `half \ud800`, { attributes: { half: 'x\udc00' } }));
    expect(span.name).toBe('half \ufffd');
    expect(span.attributes).toEqual({ half: 'x\ufffd' });
  });

  test('names requests by method and route, and what nobody knows HTTP and _OTHER', () => {
    expect(encodeOne(request()).name).toBe('GET /orders/:id');
    expect(encodeOne(request({ route: '' })).name).toBe('GET');
    const unknown = encodeOne(request({ method: 'BREW' }));
    expect(unknown.name).toBe('HTTP /orders/:id');
    expect(unknown.attributes['http.request.method']).toBe('_OTHER');
    expect(unknown.attributes['http.request.method_original']).toBe('BREW');
    expect(encodeOne(request({ method: 'get' })).attributes['http.request.method']).toBe('_OTHER');
    expect(encodeOne(ended('consumer', 'orders')).name).toBe('orders');
  });

  test('says of a call who was called, and not the path, which has ids in it', () => {
    const fields = { method: 'POST', path: '/users/7', scheme: 'https', serverAddress: 'api.test', serverPort: 8443 };
    const span = encodeOne(ended('client', '', { ...fields, status: 201 }));
    expect(span.name).toBe('POST');
    expect(span.kind).toBe(3);
    expect(span.attributes).toEqual({
      'http.request.method': 'POST',
      'url.scheme': 'https',
      'http.response.status_code': 201,
      'server.address': 'api.test',
      'server.port': 8443,
    });
  });

  test('has the error status for 5xx of a server and 4xx of a call, with an error.type', () => {
    const server = (status: number): DecodedSpan => encodeOne(request({ status }));
    const client = (status: number): DecodedSpan => encodeOne(ended('client', '', { method: 'GET', status }));
    expect([200, 404, 499].map((status) => server(status).status.code)).toEqual([0, 0, 0]);
    expect(server(404).attributes['error.type']).toBeUndefined();
    expect(server(503).status.code).toBe(2);
    expect(server(503).attributes['error.type']).toBe('503');
    expect(client(399).status.code).toBe(0);
    expect(client(404).status.code).toBe(2);
    expect(client(404).attributes['error.type']).toBe('404');
    expect(encodeOne(ended('internal', 'job', { errorType: 'TimeoutError' })).status.code).toBe(2);
  });

  test('tells the outcomes of one route apart, though it keeps their bytes', () => {
    const variants: Partial<WorkRecord>[] = [
      {},
      { method: 'POST' },
      { status: 404 },
      { scheme: 'https' },
      { protocolVersion: '2' },
      { errorType: 'X' },
      { serverAddress: 'a', serverPort: 1 },
      { serverAddress: 'a', serverPort: 2 },
      { route: '/other' },
    ];
    const first = variants.map((fields) => encodeOne(request(fields)));
    const second = variants.map((fields) => encodeOne(request(fields)));
    const gist = ({ name, attributes, status }: DecodedSpan): unknown => ({ name, attributes, status });
    expect(second.map(gist)).toEqual(first.map(gist));
    expect(new Set(first.map((span) => JSON.stringify(gist(span)))).size).toBe(variants.length);
  });

  test('goes on when more routes and outcomes come than are kept', () => {
    for (let i = 0; i < 1100; i++) {
      expect(encodeOne(request({ route: `/r${i}` })).name).toBe(`GET /r${i}`);
      expect(encodeOne(request({ status: 200 + (i % 300) })).attributes['http.response.status_code']).toBe(
        200 + (i % 300),
      );
    }
  });

  test('makes an exception event of an error, with its causes', () => {
    const error = new PortholeError('could not', { code: 'X', cause: new TypeError('because') });
    const record = request({ status: 500 });
    record.fail(error);
    const span = encodeOne(record);
    expect(span.status).toEqual({ code: 2, message: 'could not' });
    expect(span.attributes['error.type']).toBe('PortholeError');
    expect(span.events.length).toBe(1);
    expect(span.events[0]).toMatchObject({ name: 'exception', time: span.end });
    expect(span.events[0]?.attributes).toMatchObject({
      'exception.type': 'PortholeError',
      'exception.message': 'could not',
    });
    expect(span.events[0]?.attributes['exception.stacktrace']).toMatch(/could not[\s\S]*caused by: TypeError: because/);
  });

  test('survives errors that cannot be read and causes that go round', () => {
    const hostile = Object.defineProperty(new Error('x'), 'stack', {
      get: () => {
        throw new Error('no');
      },
    });
    const circular = new Error('round');
    circular.cause = circular;
    for (const error of [hostile, circular]) {
      const record = ended('internal', 'job');
      record.fail(error);
      expect(encodeOne(record).events.length).toBe(1);
    }
  });

  test('lets attributes win over fields of the same name, and writes no name twice', () => {
    const record = request({ attributes: { 'http.route': '/better', 'app.x': 1 } });
    const { attributes } = encodeOne(record);
    expect(attributes['http.route']).toBe('/better');
    expect(attributes['url.path']).toBe('/orders/7');
    expect(attributes['app.x']).toBe(1);
  });

  test('says whether the parent is remote, whatever kind of work it is', () => {
    const remote = (record: WorkRecord): number => encodeOne(record).flags & 0x300;
    expect(remote(request())).toBe(0x100);
    for (const kind of ['server', 'consumer', 'client', 'internal'] as const) {
      const record = ended(kind, 'x', {}, TRACEPARENT);
      expect(remote(record)).toBe(0x300);
      const child = new WorkRecord(kind, 'y', record);
      child.endMs = child.startMs;
      expect(remote(child)).toBe(0x100);
    }
    expect(encodeOne(ended('internal', 'x', {}, TRACEPARENT)).flags & 0xff).toBe(3);
  });

  test('writes parent and trace state', () => {
    const parent = { ...parseTraceparent(TRACEPARENT), traceState: 'a=1,b=2' } as ConstructorParameters<
      typeof WorkRecord
    >[2];
    const record = new WorkRecord('server', 'x', parent);
    record.endMs = record.startMs;
    const span = encodeOne(record);
    expect(span.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span.parentSpanId).toBe('b7ad6b7169203331');
    expect(span.traceState).toBe('a=1,b=2');
    expect(span.end).toBe(span.start);
  });
});

describe('the queue of spans', () => {
  test('groups what follows each other by scope, and begins anew after each batch', () => {
    const queue = createSpanQueue({ resource: RESOURCE, encode: encoder, maxBytes: 100_000 });
    const other = { name: 'app' };
    for (const scope of [SCOPE, SCOPE, other, SCOPE]) queue.add(request(), scope, undefined);
    const first = queue.take();
    const decoded = decodeTraces(Buffer.concat([first?.head ?? [], first?.body ?? []] as Uint8Array[]));
    expect(decoded.scopes.map(({ name, version, spans }) => [name, version, spans.length])).toEqual([
      ['porthole', '1.2.3', 2],
      ['app', '', 1],
      ['porthole', '1.2.3', 1],
    ]);
    expect(decoded.resource).toEqual({ ...RESOURCE, ratio: { double: 0.5 } });
    expect(queue.take()).toBeUndefined();
    queue.release();
    queue.add(request(), SCOPE, undefined);
    expect(queue.take()?.spans).toBe(1);
  });

  test('refuses what does not fit beside the batch under way, and has room again after its release', () => {
    const queue = createSpanQueue({ resource: {}, encode: encoder, maxBytes: 5000 });
    let added = 0;
    while (queue.add(request(), SCOPE, undefined)) added++;
    expect(queue.bytes).toBeLessThanOrEqual(5000);
    const batch = queue.take();
    expect(batch?.spans).toBe(added);
    expect(queue.add(request(), SCOPE, undefined)).toBe(false);
    expect(spansOf(Buffer.concat([batch?.head ?? [], batch?.body ?? []] as Uint8Array[])).length).toBe(added);
    queue.release();
    expect(queue.add(request(), SCOPE, undefined)).toBe(true);
  });

  test('keeps nothing of a span that cannot be encoded', () => {
    const queue = createSpanQueue({ resource: {}, encode: encoder, maxBytes: 100_000 });
    const hostile = request();
    hostile.attributes = new Proxy(
      { a: 'b' },
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    queue.add(request(), SCOPE, undefined);
    expect(() => queue.add(hostile, { name: 'other' }, undefined)).toThrow('no');
    queue.add(request(), SCOPE, undefined);
    const batch = queue.take();
    const decoded = decodeTraces(Buffer.concat([batch?.head ?? [], batch?.body ?? []] as Uint8Array[]));
    expect(decoded.scopes.map(({ spans }) => spans.length)).toEqual([2]);
  });
});

/** The span that the stock SDK would have for `record`. */
function readable(record: WorkRecord, name: string, attributes: Record<string, unknown>): ReadableSpan {
  const kind = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 }[record.kind];
  const hex = (...words: number[]): string => words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  const traceId = hex(record.traceId0, record.traceId1, record.traceId2, record.traceId3);
  const parentSpanContext = record.isRoot
    ? {}
    : {
        parentSpanContext: {
          traceId,
          spanId: hex(record.parentSpanId0, record.parentSpanId1),
          traceFlags: 3,
          isRemote: record.parentIsRemote === true,
        },
      };
  return {
    name,
    kind,
    spanContext: () => ({ traceId, spanId: hex(record.spanId0, record.spanId1), traceFlags: record.traceFlags }),
    ...parentSpanContext,
    startTime: hrTime(record.startMs),
    endTime: hrTime(record.endMs),
    status: { code: 0 },
    attributes: attributes as ReadableSpan['attributes'],
    links: [],
    events: [],
    duration: [0, 0],
    ended: true,
    resource: STOCK_RESOURCE,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  const whole = Math.floor(clock.originMs);
  const nanoseconds =
    BigInt(whole) * 1_000_000n + BigInt(Math.round((clock.originMs - whole) * 1e6)) + BigInt(Math.round(ms * 1e6));
  return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
}
