/** The memory of the container as its control group has it (kernel documentation: cgroup-v2 "Memory", cgroup-v1 "memory"). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What cannot be read, and a limit that is none, is absent. */
export interface ContainerMemory {
  readonly usageBytes?: number;
  /** Usage without the file cache that can be dropped at once, as the kubelet has it. */
  readonly workingSetBytes?: number;
  readonly limitBytes?: number;
}

/** Version 1 writes "no limit" as the largest multiple of the page size in 63 bits: more than any machine has. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Reads both versions' files below `root`. Never throws. */
export function readContainerMemory(root: string = '/sys/fs/cgroup'): ContainerMemory {
  const usage = readBytes(join(root, 'memory.current')) ?? readBytes(join(root, 'memory/memory.usage_in_bytes'));
  const limit = readBytes(join(root, 'memory.max')) ?? readBytes(join(root, 'memory/memory.limit_in_bytes'));
  const cache =
    readStat(join(root, 'memory.stat'), 'inactive_file') ??
    readStat(join(root, 'memory/memory.stat'), 'total_inactive_file');
  return {
    ...(usage === undefined ? {} : { usageBytes: usage, workingSetBytes: Math.max(0, usage - (cache ?? 0)) }),
    ...(limit === undefined || limit >= NO_LIMIT_BYTES ? {} : { limitBytes: limit }),
  };
}

function readBytes(path: string): number | undefined {
  const text = read(path)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** One line of `memory.stat`: `inactive_file 4096`. */
function readStat(path: string, name: string): number | undefined {
  const [, bytes] = new RegExp(`^${name} (\\d+)$`, 'm').exec(read(path) ?? '') ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
