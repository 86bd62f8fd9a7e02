import { internalErrors, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedLabelValue } from './label-value.js';
import { createMetrics } from './metrics.js';

const cuts = (): number => internalErrors().get('metrics')?.count ?? 0;

test('a value of up to 1,024 characters is left as it is, and a longer one is its beginning, and is counted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000, size: 'max' }), (value) => {
      const before = cuts();
      const bounded = boundedLabelValue(value, 'a');
      expect(value.startsWith(bounded)).toBe(true);
      if (value.length <= 1024) expect([bounded, cuts()]).toEqual([value, before]);
      else expect([bounded.length === 1024 || bounded.length === 1023, cuts()]).toEqual([true, before + 1]);
    }),
  );
});

test('a surrogate pair is not split', () => {
  const value = `${'x'.repeat(1023)}\u{1F600}`;
  expect(boundedLabelValue(value, 'a')).toBe('x'.repeat(1023));
  expect(boundedLabelValue(`x${value}`, 'a')).toBe(`x${'x'.repeat(1023)}`);
});

test('no value of 30 MB gets into the registry, whichever way it takes', async () => {
  const metrics = createMetrics({ resource: { 'service.name': 'orders' }, sampleRuntime: false });
  const long = 'x'.repeat(30_000_000);
  const options = { help: 'Test.', labelNames: ['a'] };
  metrics.counter({ name: 'long_total', ...options }).add(1, { a: long });
  metrics.counter({ name: 'long_total', ...options }).add(1, { a: `${long}y` });
  metrics.gauge({ name: 'long', ...options }).set(1, { a: long });
  metrics.histogram({ name: 'long_seconds', ...options, buckets: [1] }).observe(1, { a: long });
  metrics.observeGauge({ name: 'long_observed', ...options }, (report) => report(1, { a: long }));
  const request = new WorkRecord('server', '', undefined);
  Object.assign(request, { method: 'GET', route: long, errorType: long, endMs: 1 });
  const call = new WorkRecord('client', '', undefined);
  Object.assign(call, { method: 'GET', serverAddress: long, endMs: 1 });
  const work = new WorkRecord('internal', long, undefined);
  const statement = new WorkRecord('client', '', undefined);
  statement.attributes = { 'db.system.name': 'redis', 'db.namespace': long };
  for (const record of [request, call, work, statement]) metrics.observer.end(record);

  const text = await metrics.exposition();
  expect(text.length).toBeLessThan(300_000);
  // Both values of the counter are the same one when they are cut.
  expect(text).toContain(`long_total{a="${'x'.repeat(1024)}"} 2`);
  metrics.close();
});
