/** Memory headroom: V8's heap and the container's limit. */
import { getHeapStatistics } from 'node:v8';
import { findCgroupFolders, readContainerMemory } from '@porthole/core/internal';
import type { HealthCheck } from '../health-check.js';
import { share } from '../option-value.js';

export interface MemoryCheckOptions {
  /** The share that may be used, above 0 and up to 1. @defaultValue 0.9 */
  readonly maxRatio?: number | undefined;
}

/**
 * Fails if V8's heap is near its limit: garbage collections take all the time then, and the process ends soon.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('heap', heapCheck({ maxRatio: 0.85 }));
 */
export function heapCheck(options: MemoryCheckOptions = {}): HealthCheck {
  const maxRatio = share('maxRatio', options.maxRatio ?? 0.9);
  return () => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    check('the heap', used, limit, maxRatio);
  };
}

export interface ContainerMemoryCheckOptions extends MemoryCheckOptions {
  /** The mount point of cgroups. @defaultValue `'/sys/fs/cgroup'` */
  readonly cgroupRoot?: string | undefined;
}

/**
 * Fails if the container is near its memory limit, beyond which the kernel kills it. It counts as the kubelet does: usage
 * without the file cache that can be dropped. Passes without a limit.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('memory', containerMemoryCheck({ maxRatio: 0.9 }));
 */
export function containerMemoryCheck(options: ContainerMemoryCheckOptions = {}): HealthCheck {
  const maxRatio = share('maxRatio', options.maxRatio ?? 0.9);
  return () => {
    const { usageBytes, workingSetBytes, limitBytes } = readContainerMemory(findCgroupFolders(options.cgroupRoot));
    // Without the size of the cache, all of it may be needed.
    const usedBytes = workingSetBytes ?? usageBytes;
    if (usedBytes !== undefined && limitBytes !== undefined) check('the container', usedBytes, limitBytes, maxRatio);
  };
}

function check(what: string, used: number, limit: number, maxRatio: number): void {
  if (used <= maxRatio * limit) return;
  throw new Error(
    `${what} uses ${megabytes(used)} of ${megabytes(limit)} MB, ${Math.round(maxRatio * 100)} % are allowed`,
  );
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
