import { PortholeError } from '@porthole/core';
import { expect, test } from 'vitest';
import { resolveMetricsOptions } from './metrics-options.js';

test('what is not given has its default, and the input is left as it is', () => {
  const input = Object.freeze({ resource: {}, seriesLimit: 5 });
  expect(resolveMetricsOptions(input)).toEqual({
    resource: {},
    seriesLimit: 5,
    collectTimeoutMs: 1000,
    eventLoopWindowMs: 30_000,
    sampleRuntime: true,
    onMistake: expect.any(Function),
    onDuplicate: expect.any(Function),
    cgroupRoot: '/sys/fs/cgroup',
    procRoot: '/proc',
  });
});

test.each([
  { seriesLimit: 1 },
  { seriesLimit: 2.5 },
  { collectTimeoutMs: 0 },
  { collectTimeoutMs: Number.NaN },
  { eventLoopWindowMs: 2 ** 31 },
  { eventLoopWindowMs: '10' as never },
])('a number that cannot be used is refused by name: %j', (options) => {
  const [name] = Object.keys(options) as [string];
  expect(() => resolveMetricsOptions({ resource: {}, ...options })).toThrow(
    expect.objectContaining({ code: 'PORTHOLE_METRICS_OPTION', message: expect.stringContaining(name) }),
  );
  expect(() => resolveMetricsOptions({ resource: {}, ...options })).toThrow(PortholeError);
});
