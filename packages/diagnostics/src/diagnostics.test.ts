import { endWork, reportInternalError, startWork, WorkRecord } from '@porthole/core/internal';
import { describe, expect, test } from 'vitest';
import { createDiagnostics } from './diagnostics.js';

const options = { serviceName: 'orders', serviceVersion: '1.4.2', settings: [] };

describe('the status of a process', () => {
  test('is plain JSON about this very process', () => {
    const status = createDiagnostics(options).status();
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
    expect(status).toMatchObject({ service: 'orders', version: '1.4.2', pid: process.pid });
    expect(status.nodeVersion).toBe(process.versions.node);
    expect(status.memory.residentBytes).toBeGreaterThan(status.memory.heapUsedBytes);
    expect(status.memory.heapLimitBytes).toBeGreaterThan(status.memory.heapUsedBytes);
    expect(status.uptimeSeconds).toBeGreaterThan(0);
    expect(status.eventLoopUtilization).toBeGreaterThanOrEqual(0);
    expect(status.eventLoopUtilization).toBeLessThanOrEqual(1);
    expect(Date.parse(status.startedAt)).toBeLessThan(Date.now());
  });

  test('shows only the settings that somebody has set', () => {
    const { settings } = createDiagnostics({
      ...options,
      settings: [
        { key: 'logLevel', name: 'LOG_LEVEL', value: '"debug"', source: 'LOG_LEVEL' },
        { key: 'adminPort', name: 'PORTHOLE_ADMIN_PORT', value: '9464', source: 'default' },
      ],
    }).status();
    expect(settings).toEqual([{ name: 'LOG_LEVEL', value: '"debug"', source: 'LOG_LEVEL' }]);
  });

  test('counts what failed inside Porthole, by component', () => {
    reportInternalError('diagnostics-test', new Error('first'));
    reportInternalError('diagnostics-test', new Error('second'));
    expect(createDiagnostics(options).status().internalErrors).toContainEqual({
      component: 'diagnostics-test',
      count: 2,
      lastMessage: 'second',
    });
  });
});

describe('the requests in flight', () => {
  test('are the server records that have started and not ended', () => {
    const diagnostics = createDiagnostics(options);
    const inFlight = (): number => diagnostics.status().requestsInFlight;
    const first = new WorkRecord('server', '', undefined);
    const second = new WorkRecord('server', '', undefined);
    const outbound = new WorkRecord('client', '', undefined);
    for (const record of [first, second, outbound]) startWork(record);
    expect(inFlight()).toBe(2);
    endWork(outbound);
    endWork(first);
    expect(inFlight()).toBe(1);
    endWork(second);
    expect(inFlight()).toBe(0);
  });

  test('are not disturbed by the end of a request whose start was not seen', () => {
    const diagnostics = createDiagnostics(options);
    const request = new WorkRecord('server', '', undefined);
    startWork(request);
    endWork(new WorkRecord('server', '', undefined));
    expect(diagnostics.status().requestsInFlight).toBe(1);
    endWork(request);
  });
});
