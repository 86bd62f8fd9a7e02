/**
 * The container as seen from inside, under `porthole_container_`: the names of cAdvisor would make sums over both count
 * everything twice.
 */
import type { Instruments } from '@porthole/core/internal';
import { type CgroupReading, findCgroup } from './cgroup.js';
import { oncePerTurn } from './event-loop-turns.js';
import { METRICS } from './metric-names.js';

type Shown = readonly [name: string, help: string, select: (reading: CgroupReading) => number | undefined];

const GAUGES: readonly Shown[] = [
  [METRICS.containerMemoryUsage, "Memory that the container's control group holds.", (r) => r.memoryUsageBytes],
  [METRICS.containerMemoryWorkingSet, 'Memory without inactive file cache.', (r) => r.memoryWorkingSetBytes],
  [METRICS.containerMemoryLimit, 'Memory limit of the container.', (r) => r.memoryLimitBytes],
  [METRICS.containerCpuLimit, 'CPU quota of the container in cores.', (r) => r.cpuLimitCores],
];

const COUNTERS: readonly Shown[] = [
  [METRICS.containerMemoryOomKills, 'Processes of the container that the kernel killed for memory.', (r) => r.oomKills],
  [METRICS.containerCpuTime, 'CPU time of the container.', (r) => r.cpuSeconds],
  [METRICS.containerCpuThrottledTime, 'Time the container was throttled by its quota.', (r) => r.throttledSeconds],
  [METRICS.containerCpuPeriods, 'Enforcement periods of the CPU quota.', (r) => r.periods],
  [METRICS.containerCpuThrottledPeriods, 'Periods in which the container was throttled.', (r) => r.throttledPeriods],
  [METRICS.containerPressureCpuWaiting, 'Time some tasks waited for CPU.', (r) => r.pressure?.cpu.someSeconds],
  [METRICS.containerPressureCpuStalled, 'Time all tasks waited for CPU.', (r) => r.pressure?.cpu.fullSeconds],
  [METRICS.containerPressureMemoryWaiting, 'Time some tasks waited for memory.', (r) => r.pressure?.memory.someSeconds],
  [METRICS.containerPressureMemoryStalled, 'Time all tasks waited for memory.', (r) => r.pressure?.memory.fullSeconds],
  [METRICS.containerPressureIoWaiting, 'Time some tasks waited for I/O.', (r) => r.pressure?.io.someSeconds],
  [METRICS.containerPressureIoStalled, 'Time all tasks waited for I/O.', (r) => r.pressure?.io.fullSeconds],
];

/** The mount points of the kernel's views. */
export interface ContainerOptions {
  readonly cgroupRoot: string;
  readonly procRoot: string;
}

/** Shows the container through `instruments`; a value that its control group does not have has no series. */
export function observeContainer(instruments: Instruments, options: ContainerOptions): void {
  const read = oncePerTurn(findCgroup(options.cgroupRoot, options.procRoot));
  for (const [name, help, select] of GAUGES) {
    instruments.observeGauge({ name, help }, (report) => {
      const value = select(read());
      if (value !== undefined) report(value);
    });
  }
  for (const [name, help, select] of COUNTERS) {
    instruments.observeCounter({ name, help }, (report) => {
      const value = select(read());
      if (value !== undefined) report(value);
    });
  }
}
