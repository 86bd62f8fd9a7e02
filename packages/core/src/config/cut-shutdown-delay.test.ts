import { expect, test } from 'vitest';
import { resolveConfig } from './resolve-config.js';

test('a delay that leaves no time before the deadline is cut, and the problem names both', () => {
  const { config, problems, settings } = resolveConfig({ PORTHOLE_SHUTDOWN_DELAY: '10s' }, {});
  expect(config.shutdownDelayMs).toBe(6750);
  expect(problems).toEqual([
    {
      source: 'PORTHOLE_SHUTDOWN_DELAY',
      message:
        'PORTHOLE_SHUTDOWN_DELAY=10s leaves no time for the shutdown before PORTHOLE_SHUTDOWN_DEADLINE=9s: expected at most three quarters of it; using 6750ms',
    },
  ]);
  expect(settings).toContainEqual(
    expect.objectContaining({ name: 'PORTHOLE_SHUTDOWN_DELAY', value: '6750ms', source: 'PORTHOLE_SHUTDOWN_DELAY' }),
  );
});

test('an option is named as one', () => {
  const { problems } = resolveConfig({ PORTHOLE_SHUTDOWN_DEADLINE: '4s' }, { shutdownDelayMs: 5000 });
  expect(problems[0]?.message).toMatch(
    /^option shutdownDelayMs=5s leaves no time for the shutdown before PORTHOLE_SHUTDOWN_DEADLINE=4s: .*; using 3s$/,
  );
});

test('one that fits is left alone', () => {
  const { config, problems } = resolveConfig({ PORTHOLE_SHUTDOWN_DELAY: '6s' }, {});
  expect({ delay: config.shutdownDelayMs, problems }).toEqual({ delay: 6000, problems: [] });
});
