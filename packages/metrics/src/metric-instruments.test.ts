import { afterEach, expect, test } from 'vitest';
import { createMetrics, type ServiceMetrics } from './metrics.js';

let metrics: ServiceMetrics | undefined;
afterEach(() => metrics?.close());

// The compiler is the test: an expected error that is none is an error of `npm run typecheck`.
test('the names of the labels are in the types, and a wrong one throws nothing all the same', () => {
  metrics = createMetrics({ resource: {} });
  const counter = metrics.counter({ name: 'lookups_total', help: 'Lookups.', labelNames: ['shop', 'region'] });
  counter.add(1);
  counter.add(1, { shop: 'main' });
  // @ts-expect-error: a slip of the pen
  counter.add(1, { shp: 'main' });
  const bare = metrics.gauge({ name: 'bare', help: 'Bare.' });
  bare.set(1);
  bare.set(1, {});
  // @ts-expect-error: it has no labels
  bare.set(1, { shop: 'main' });
  const histogram = metrics.histogram({ name: 'picking_seconds', help: 'Picking.', labelNames: ['shop'] });
  // @ts-expect-error: a slip of the pen
  histogram.observe(1, { shop: 'main', shopp: 'x' });
  metrics.observeGauge({ name: 'length', help: 'Length.', labelNames: ['queue'] }, (report) => {
    report(1, { queue: 'mail' });
    // @ts-expect-error: a slip of the pen
    report(1, { queu: 'mail' });
  });
  const names: string[] = ['any'];
  metrics.counter({ name: 'any_total', help: 'Any.', labelNames: names }).add(1, { any: 'x', other: 'y' });
  expect(metrics.registry.getMetricsAsArray()).toHaveLength(5);
});
