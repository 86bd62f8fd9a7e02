/** The status of a process, read on demand. */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { internalErrors, readContainerMemory, requestsInFlight, type Setting } from '@porthole/core/internal';
import type { MemoryStatus, ProcessStatus } from './process-status.js';

export interface DiagnosticsOptions {
  /** The service's name. */
  readonly serviceName: string;
  /** The service's version; empty if it is not known. */
  readonly serviceVersion: string;
  /** The effective settings, as `resolveConfig` gives them. */
  readonly settings: readonly Setting[];
}

export interface Diagnostics {
  /** A snapshot of the process as it is now. */
  status(): ProcessStatus;
}

/**
 * Creates the diagnostics of this process. They hold no timer and no handle, so there is nothing to close.
 *
 * @example
 * const diagnostics = createDiagnostics({ serviceName: 'orders', serviceVersion: '1.4.2', settings: [] });
 * console.log(renderStatus(diagnostics.status()));
 */
export function createDiagnostics(options: DiagnosticsOptions): Diagnostics {
  const settings = options.settings
    .filter(({ source }) => source !== 'default')
    .map(({ name, value, source }) => ({ name, value, source }));

  return {
    status: () => ({
      service: options.serviceName,
      version: options.serviceVersion,
      pid: process.pid,
      nodeVersion: process.versions.node,
      platform: process.platform,
      arch: process.arch,
      startedAt: new Date(performance.timeOrigin).toISOString(),
      uptimeSeconds: round(process.uptime(), 3),
      memory: memoryStatus(),
      eventLoopUtilization: round(performance.eventLoopUtilization().utilization, 4),
      activeResources: process.getActiveResourcesInfo().length,
      requestsInFlight: requestsInFlight().size,
      internalErrors: [...internalErrors()].map(([component, { count, lastMessage }]) => ({
        component,
        count,
        lastMessage,
      })),
      settings,
    }),
  };
}

function memoryStatus(): MemoryStatus {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { usageBytes, limitBytes } = readContainerMemory();
  return {
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    externalBytes: external,
    ...(usageBytes === undefined ? {} : { containerUsageBytes: usageBytes }),
    ...(limitBytes === undefined ? {} : { containerLimitBytes: limitBytes }),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
