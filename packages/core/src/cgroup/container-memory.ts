/**
 * The memory of the container as its control group has it (kernel documentation: cgroup-v2 "Memory", cgroup-v1
 * "memory").
 */
import { join } from 'node:path';
import { type CgroupFolders, findCgroupFolders } from './cgroup-folders.js';
import { parseCount, parseKeyedCounts, readText } from './kernel-file.js';

/** A value that cannot be read is absent, and so is a missing limit. */
export interface ContainerMemory {
  readonly usageBytes?: number;
  /** Usage without the file cache that can be dropped at once, as the kubelet has it. */
  readonly workingSetBytes?: number;
  readonly limitBytes?: number;
}

/**
 * Version 1 marks "no limit" by the largest number of whole pages that fits 63 bits, which depends on the page size.
 */
const NO_LIMIT_BYTES = 2 ** 62;

/** Reads the group of this process, or of other `folders`. Never throws. */
export function readContainerMemory(folders: CgroupFolders = findCgroupFolders()): ContainerMemory {
  const { usage, limit, droppable } =
    folders.version === 2
      ? readNumbers(folders.folder, 'memory.current', 'memory.max', 'inactive_file')
      : readNumbers(folders.memory, 'memory.usage_in_bytes', 'memory.limit_in_bytes', 'total_inactive_file');
  return {
    ...(usage === undefined ? {} : { usageBytes: usage }),
    ...(usage === undefined || droppable === undefined ? {} : { workingSetBytes: Math.max(0, usage - droppable) }),
    ...(limit === undefined || limit >= NO_LIMIT_BYTES ? {} : { limitBytes: limit }),
  };
}

/** The same three numbers under the names that a version has for them. */
function readNumbers(
  folder: string,
  usageFile: string,
  limitFile: string,
  droppableKey: string,
): Readonly<Record<'usage' | 'limit' | 'droppable', number | undefined>> {
  return {
    usage: parseCount(readText(join(folder, usageFile))),
    limit: parseCount(readText(join(folder, limitFile))),
    droppable: parseKeyedCounts(readText(join(folder, 'memory.stat'))).get(droppableKey),
  };
}
