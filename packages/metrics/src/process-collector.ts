/**
 * The process, under the names that every Prometheus client library uses
 * (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). Without /proc (macOS) there are only
 * the values of Node.js itself.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Instruments, readText } from '@porthole/core/internal';
import { METRICS } from './metric-names.js';

/** Shows the process through `instruments`. `procRoot` is the mount point of procfs. */
export function observeProcess(instruments: Instruments, procRoot: string): void {
  const self = join(procRoot, 'self');

  instruments.observeCounter(
    { name: METRICS.processCpu, help: 'Total user and system CPU time spent in seconds.' },
    (report) => {
      const { user, system } = process.cpuUsage();
      report((user + system) / 1e6);
    },
  );
  instruments.observeGauge(
    { name: METRICS.processStartTime, help: 'Start time of the process since unix epoch in seconds.' },
    (report) => report(performance.timeOrigin / 1000),
  );
  gauge(METRICS.processResidentMemory, 'Resident memory size in bytes.', () => process.memoryUsage.rss());
  gauge(METRICS.processVirtualMemory, 'Virtual memory size in bytes.', () => virtualMemory(join(self, 'stat')));
  gauge(METRICS.processOpenFds, 'Number of open file descriptors.', () => openFiles(join(self, 'fd')));
  gauge(METRICS.processMaxFds, 'Maximum number of open file descriptors.', () => maxOpenFiles(join(self, 'limits')));

  function gauge(name: string, help: string, read: () => number | undefined): void {
    instruments.observeGauge({ name, help }, (report) => {
      const value = read();
      if (value !== undefined) report(value);
    });
  }
}

/** `vsize`, the 23rd field (proc_pid_stat(5)); the name before it is in brackets and may hold spaces and brackets. */
function virtualMemory(path: string): number | undefined {
  const text = readText(path);
  const afterName = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const bytes = Number(afterName?.[20]);
  return Number.isFinite(bytes) ? bytes : undefined;
}

function openFiles(path: string): number | undefined {
  try {
    // One of them is the folder that is being read.
    return readdirSync(path).length - 1;
  } catch {
    return undefined;
  }
}

/** The soft limit, or `undefined` without one. */
function maxOpenFiles(path: string): number | undefined {
  const limit = readText(path)?.match(/^Max open files\s+(\d+)/m)?.[1];
  return limit === undefined ? undefined : Number(limit);
}
