/** The memory and processor of the container's own control group; cgroup v2 and v1. */
import { join } from 'node:path';
import {
  type CgroupFolders,
  findCgroupFolders,
  parseCount,
  parseKeyedCounts,
  readContainerMemory,
  readText,
} from '@porthole/core/internal';

/** One reading; a value that the kernel or the container does not show is `undefined`. */
export interface CgroupReading {
  readonly memoryUsageBytes?: number | undefined;
  /** Usage without the file cache that can be dropped at once, as the kubelet has it. */
  readonly memoryWorkingSetBytes?: number | undefined;
  /** `undefined` if memory is not limited. */
  readonly memoryLimitBytes?: number | undefined;
  readonly oomKills?: number | undefined;
  readonly cpuSeconds?: number | undefined;
  readonly throttledSeconds?: number | undefined;
  readonly periods?: number | undefined;
  readonly throttledPeriods?: number | undefined;
  /** `undefined` if the processor is not limited. */
  readonly cpuLimitCores?: number | undefined;
  /** Seconds in which some or all tasks waited (PSI); cgroup v2 only. */
  readonly pressure?: Readonly<Record<PressureResource, Pressure>>;
}

export type PressureResource = 'cpu' | 'memory' | 'io';

export interface Pressure {
  readonly someSeconds: number | undefined;
  readonly fullSeconds: number | undefined;
}

/** Finds the control group of this process and returns a function that reads it. */
export function findCgroup(cgroupRoot: string, procRoot: string): () => CgroupReading {
  const folders = findCgroupFolders(cgroupRoot, procRoot);
  const readRest = folders.version === 2 ? () => readV2(folders.folder) : () => readV1(folders);
  return () => {
    const { usageBytes, workingSetBytes, limitBytes } = readContainerMemory(folders);
    return {
      ...readRest(),
      memoryUsageBytes: usageBytes,
      memoryWorkingSetBytes: workingSetBytes,
      memoryLimitBytes: limitBytes,
    };
  };
}

function readV2(folder: string): CgroupReading {
  const read = (file: string): string | undefined => readText(join(folder, file));
  const cpu = parseKeyedCounts(read('cpu.stat'));
  const [quota, period] = (read('cpu.max') ?? '').split(' ');
  return {
    oomKills: parseKeyedCounts(read('memory.events')).get('oom_kill'),
    cpuSeconds: divide(cpu.get('usage_usec'), 1e6),
    throttledSeconds: divide(cpu.get('throttled_usec'), 1e6),
    periods: cpu.get('nr_periods'),
    throttledPeriods: cpu.get('nr_throttled'),
    cpuLimitCores: divide(parseCount(quota), parseCount(period)),
    pressure: {
      cpu: parsePressure(read('cpu.pressure')),
      memory: parsePressure(read('memory.pressure')),
      io: parsePressure(read('io.pressure')),
    },
  };
}

function readV1({ memory, cpu, cpuacct }: Extract<CgroupFolders, { version: 1 }>): CgroupReading {
  const stat = parseKeyedCounts(readText(join(cpu, 'cpu.stat')));
  return {
    oomKills: parseKeyedCounts(readText(join(memory, 'memory.oom_control'))).get('oom_kill'),
    cpuSeconds: divide(parseCount(readText(join(cpuacct, 'cpuacct.usage'))), 1e9),
    throttledSeconds: divide(stat.get('throttled_time'), 1e9),
    periods: stat.get('nr_periods'),
    throttledPeriods: stat.get('nr_throttled'),
    // Without a limit the quota is -1, which is not a count.
    cpuLimitCores: divide(
      parseCount(readText(join(cpu, 'cpu.cfs_quota_us'))),
      parseCount(readText(join(cpu, 'cpu.cfs_period_us'))),
    ),
  };
}

function divide(count: number | undefined, by: number | undefined): number | undefined {
  return count === undefined || by === undefined || by === 0 ? undefined : count / by;
}

/** `total` is in microseconds (Documentation/accounting/psi.rst of the kernel). */
function parsePressure(text: string | undefined): Pressure {
  const total = (kind: string): number | undefined =>
    divide(parseCount(text?.match(new RegExp(`^${kind} .*total=(\\d+)`, 'm'))?.[1]), 1e6);
  return { someSeconds: total('some'), fullSeconds: total('full') };
}
