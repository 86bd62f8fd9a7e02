/** The memory of the container as its control group has it (kernel documentation: cgroup-v2 "Memory", cgroup-v1 "memory"). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MemoryStatus } from './process-status.js';

/** Usage and limit; a part that cannot be read, or a limit that is none, is absent. */
export type ContainerMemory = Pick<MemoryStatus, 'containerUsageBytes' | 'containerLimitBytes'>;

/** Version 1 writes "no limit" as the largest multiple of the page size in 63 bits: more than any machine has. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Reads both versions' files below `root`. Never throws. */
export function readContainerMemory(root: string = '/sys/fs/cgroup'): ContainerMemory {
  const usage = readBytes(join(root, 'memory.current')) ?? readBytes(join(root, 'memory/memory.usage_in_bytes'));
  const limit = readBytes(join(root, 'memory.max')) ?? readBytes(join(root, 'memory/memory.limit_in_bytes'));
  return {
    ...(usage === undefined ? {} : { containerUsageBytes: usage }),
    ...(limit === undefined || limit >= NO_LIMIT_BYTES ? {} : { containerLimitBytes: limit }),
  };
}

function readBytes(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
