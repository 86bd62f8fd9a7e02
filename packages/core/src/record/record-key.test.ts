import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecordCache } from './record-key.js';
import { WorkRecord } from './work-record.js';

interface Fields {
  readonly kind: 'server' | 'client' | 'consumer';
  readonly name: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly scheme: string;
  readonly protocolVersion: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly errorType: string;
}

function recordOf({ kind, name, ...fields }: Fields): WorkRecord {
  return Object.assign(new WorkRecord(kind, name, undefined), fields);
}

const REQUEST: Fields = {
  kind: 'server',
  name: '',
  method: 'GET',
  route: '/orders/:id',
  status: 200,
  scheme: 'http',
  protocolVersion: '1.1',
  serverAddress: '',
  serverPort: 0,
  errorType: '',
};

test('records of one key share what was made for the first', () => {
  let made = 0;
  const cache = createRecordCache(() => ++made);
  const other = createRecordCache(() => 'other');
  expect([cache.of(recordOf(REQUEST)), cache.of(recordOf(REQUEST)), other.of(recordOf(REQUEST))]).toEqual([
    1,
    1,
    'other',
  ]);
  cache.clear();
  expect([cache.of(recordOf(REQUEST)), other.of(recordOf(REQUEST))]).toEqual([2, 'other']);
});

test('records that differ in a field never share, however many there are', () => {
  const text = fc.constantFrom('', 'a', 'b');
  const fields: fc.Arbitrary<Fields> = fc.record({
    kind: fc.constantFrom('server', 'client', 'consumer'),
    name: text,
    method: text,
    route: text,
    status: fc.constantFrom(0, 200, 500),
    scheme: text,
    protocolVersion: text,
    serverAddress: text,
    serverPort: fc.constantFrom(0, 80),
    errorType: text,
  });
  const cache = createRecordCache(
    ({ kind, name, method, route, status, scheme, protocolVersion, serverAddress, serverPort, errorType }) =>
      ({ kind, name, method, route, status, scheme, protocolVersion, serverAddress, serverPort, errorType }) as Fields,
  );
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 60 }), (all) => {
      for (const one of all) expect(cache.of(recordOf(one))).toEqual(one);
    }),
  );
});

test('what clients invent does not pile up', () => {
  const cache = createRecordCache((record) => record.route);
  for (let i = 0; i < 5000; i++) {
    const invented = { ...REQUEST, route: `/r${i}`, method: `M${i}`, errorType: `E${i}` };
    expect(cache.of(recordOf(invented))).toBe(`/r${i}`);
    expect(cache.of(recordOf({ ...invented, route: '/same' }))).toBe('/same');
  }
  let made = 0;
  const later = createRecordCache(() => ++made);
  // The first are forgotten: their keys would still have the value of `cache`, and of this one too, if they were kept.
  later.of(recordOf({ ...REQUEST, route: '/r0', method: 'M0', errorType: 'E0' }));
  later.of(recordOf({ ...REQUEST, route: '/r0', method: 'M0', errorType: 'E0' }));
  expect(made).toBe(1);
});
