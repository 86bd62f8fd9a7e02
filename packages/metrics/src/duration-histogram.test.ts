import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDurationHistogram } from './duration-histogram.js';

const BUCKETS = [0.1, 1, 10];

test('buckets are cumulative, upper bounds belong to their bucket, and sum and count fit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom(...BUCKETS), fc.double({ min: 0, max: 100, noNaN: true }))),
      async (values) => {
        const histogram = createDurationHistogram({ name: 'd', help: 'h', buckets: BUCKETS, seriesLimit: 10 });
        const series = histogram.add('key', { a: 'b' });
        for (const value of values) series.observe(value);
        const family = await histogram.get();
        expect(family.values).toEqual([
          ...[...BUCKETS, Infinity].map((bound) => ({
            metricName: 'd_bucket',
            labels: { a: 'b', le: bound === Infinity ? '+Inf' : bound },
            value: values.filter((value) => value <= bound).length,
          })),
          { metricName: 'd_sum', labels: { a: 'b' }, value: values.reduce((sum, value) => sum + value, 0) },
          { metricName: 'd_count', labels: { a: 'b' }, value: values.length },
        ]);
      },
    ),
  );
});

test('a series is found under its key, and not after a reset', () => {
  const histogram = createDurationHistogram({ name: 'd', help: 'h', buckets: BUCKETS, seriesLimit: 10 });
  const series = histogram.add('key', {});
  expect(histogram.find('key')).toBe(series);
  histogram.reset();
  expect(histogram.find('key')).toBeUndefined();
});
