/** What the container's own control group says of its memory and processor; cgroup v2 and v1. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseCount, parseKeyedCounts, readText } from './read-text.js';

/** One reading; what the kernel or the container does not show is `undefined`. */
export interface CgroupReading {
  readonly memoryUsageBytes?: number | undefined;
  /** Usage without the file cache that can be dropped at once, as the kubelet has it. */
  readonly memoryWorkingSetBytes?: number | undefined;
  /** `undefined` where memory is not limited. */
  readonly memoryLimitBytes?: number | undefined;
  readonly oomKills?: number | undefined;
  readonly cpuSeconds?: number | undefined;
  readonly throttledSeconds?: number | undefined;
  readonly periods?: number | undefined;
  readonly throttledPeriods?: number | undefined;
  /** `undefined` where the processor is not limited. */
  readonly cpuLimitCores?: number | undefined;
  /** Seconds in which some or all tasks waited (PSI); cgroup v2 only. */
  readonly pressure?: Readonly<Record<PressureResource, Pressure>>;
}

export type PressureResource = 'cpu' | 'memory' | 'io';

export interface Pressure {
  readonly someSeconds: number | undefined;
  readonly fullSeconds: number | undefined;
}

/** Finds the control group of this process and returns what reads it. */
export function findCgroup(cgroupRoot: string, procRoot: string): () => CgroupReading {
  const groups = parseGroups(readText(join(procRoot, 'self/cgroup')));
  if (existsSync(join(cgroupRoot, 'cgroup.controllers'))) {
    const folder = folderOf(cgroupRoot, groups.get('') ?? '/', 'cpu.stat');
    return () => readV2(folder);
  }
  const folderOfController = (controller: string, file: string): string => {
    const names = [...groups.keys()].filter((joint) => joint.split(',').includes(controller));
    // `cpu` is usually a link to `cpu,cpuacct`, but not everywhere.
    const mount = [controller, ...names].map((name) => join(cgroupRoot, name)).find((path) => existsSync(path));
    return folderOf(mount ?? join(cgroupRoot, controller), groups.get(names[0] ?? '') ?? '/', file);
  };
  const memory = folderOfController('memory', 'memory.usage_in_bytes');
  const cpu = folderOfController('cpu', 'cpu.stat');
  const cpuacct = folderOfController('cpuacct', 'cpuacct.usage');
  return () => readV1(memory, cpu, cpuacct);
}

/** Paths by their controllers, comma-separated; cgroup v2's is under the empty text (cgroups(7), /proc/pid/cgroup). */
function parseGroups(text: string | undefined): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of (text ?? '').split('\n')) {
    const [, controllers, path] = line.match(/^\d+:([^:]*):(.*)$/) ?? [];
    if (controllers !== undefined && path !== undefined) groups.set(controllers, path);
  }
  return groups;
}

/** Where a container sees only its own part of the hierarchy the path is that of the host, and its group is the root. */
function folderOf(mount: string, path: string, file: string): string {
  const own = join(mount, path);
  return own.startsWith(mount) && existsSync(join(own, file)) ? own : mount;
}

function readV2(folder: string): CgroupReading {
  const read = (file: string): string | undefined => readText(join(folder, file));
  const usage = parseCount(read('memory.current'));
  const cpu = parseKeyedCounts(read('cpu.stat'));
  const [quota, period] = (read('cpu.max') ?? '').split(' ');
  return {
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: workingSet(usage, parseKeyedCounts(read('memory.stat')).get('inactive_file')),
    memoryLimitBytes: parseCount(read('memory.max')),
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

/** v1 says "no limit" by the largest number of whole pages that fits 63 bits, which depends on the page size. */
const V1_UNLIMITED_BYTES = 2 ** 62;

function readV1(memory: string, cpu: string, cpuacct: string): CgroupReading {
  const usage = parseCount(readText(join(memory, 'memory.usage_in_bytes')));
  const limit = parseCount(readText(join(memory, 'memory.limit_in_bytes')));
  const stat = parseKeyedCounts(readText(join(cpu, 'cpu.stat')));
  return {
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: workingSet(
      usage,
      parseKeyedCounts(readText(join(memory, 'memory.stat'))).get('total_inactive_file'),
    ),
    memoryLimitBytes: limit !== undefined && limit < V1_UNLIMITED_BYTES ? limit : undefined,
    oomKills: parseKeyedCounts(readText(join(memory, 'memory.oom_control'))).get('oom_kill'),
    cpuSeconds: divide(parseCount(readText(join(cpuacct, 'cpuacct.usage'))), 1e9),
    throttledSeconds: divide(stat.get('throttled_time'), 1e9),
    periods: stat.get('nr_periods'),
    throttledPeriods: stat.get('nr_throttled'),
    // The quota is -1, which is no count, where there is no limit.
    cpuLimitCores: divide(
      parseCount(readText(join(cpu, 'cpu.cfs_quota_us'))),
      parseCount(readText(join(cpu, 'cpu.cfs_period_us'))),
    ),
  };
}

function workingSet(usage: number | undefined, inactiveFile: number | undefined): number | undefined {
  return usage === undefined || inactiveFile === undefined ? undefined : Math.max(0, usage - inactiveFile);
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
