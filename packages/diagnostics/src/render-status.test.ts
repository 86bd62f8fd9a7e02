import { describe, expect, test } from 'vitest';
import type { ProcessStatus } from './process-status.js';
import { formatBytes, formatSeconds, renderStatus } from './render-status.js';

const status: ProcessStatus = {
  service: 'orders',
  version: '1.4.2',
  pid: 1,
  nodeVersion: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  startedAt: '2026-11-23T18:44:00.000Z',
  uptimeSeconds: 11_525.2,
  memory: {
    residentBytes: 88_080_384,
    heapUsedBytes: 33_554_432,
    heapLimitBytes: 268_435_456,
    externalBytes: 2_097_152,
    containerUsageBytes: 134_217_728,
    containerLimitBytes: 268_435_456,
  },
  eventLoopUtilization: 0.031,
  activeResources: 12,
  requestsInFlight: 1,
  internalErrors: [{ component: 'config', count: 2, lastMessage: 'bad \u001b[31mvalue' }],
  settings: [
    { name: 'LOG_LEVEL', value: '"debug"', source: 'LOG_LEVEL' },
    { name: 'OTEL_SERVICE_NAME', value: '"orders"', source: 'option service' },
  ],
};

describe('a rendered status', () => {
  test('has one aligned line for each fact', () => {
    expect(renderStatus(status)).toBe(
      [
        'service         orders 1.4.2',
        'process         pid 1, Node.js 20.20.2, linux x64',
        'uptime          3h 12m 5s (since 2026-11-23T18:44:00.000Z)',
        'memory          84.0 MiB resident, 2.0 MiB external',
        'heap            32.0 MiB used of 256.0 MiB (12.5 %)',
        'container       128.0 MiB used of 256.0 MiB (50.0 %)',
        'event loop      3.1 % busy since the start',
        'in flight       1 request',
        'resources       12 active',
        'internal error  config, 2 times: bad \\u001b[31mvalue',
        'setting         LOG_LEVEL = "debug"',
        'setting         OTEL_SERVICE_NAME = "orders" (option service)',
        '',
      ].join('\n'),
    );
  });

  test('says so where the container has no limit, and nothing where there is no container', () => {
    const { containerLimitBytes: _, ...unlimited } = status.memory;
    expect(renderStatus({ ...status, memory: unlimited })).toContain('128.0 MiB used, no limit\n');
    const { containerUsageBytes: __, ...bare } = unlimited;
    expect(renderStatus({ ...status, memory: bare })).not.toContain('container');
  });
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1_572_864, '1.5 MiB'],
  [2 ** 60, '1048576.0 TiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0.4, '0s'],
  [61, '1m 1s'],
  [93_784, '1d 2h 3m'],
  [86_400, '1d'],
])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
