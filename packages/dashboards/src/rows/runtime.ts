/** Node.js: the event loop, the heap and its collector, the process. */
import { METRICS } from '@porthole/metrics';
import { rate, series, sumBy } from '../promql.js';
import type { Row } from './row.js';

export const eventLoop: Row = {
  id: 300,
  title: 'Event loop',
  panels: [
    {
      id: 301,
      title: 'Utilization',
      description:
        'Share of time that the event loop was busy. Above 80 %: add instances or take work off the loop; a CPU profile shows which.',
      unit: 'percentunit',
      columns: 12,
      queries: [[sumBy(['instance'], rate(METRICS.eventLoopTime, 'nodejs_eventloop_state="active"')), '{{instance}}']],
    },
    {
      id: 302,
      title: 'Delay',
      description:
        'The delay of the event loop over the last half to whole minute. Above 100 ms every request waits: look for a loop, a large JSON.parse or a synchronous call; throttling shows here too.',
      unit: 's',
      columns: 12,
      queries: [
        [series(METRICS.eventLoopDelayP50), 'p50 {{instance}}'],
        [series(METRICS.eventLoopDelayP99), 'p99 {{instance}}'],
        [series(METRICS.eventLoopDelayMax), 'max {{instance}}'],
      ],
    },
  ],
};

export const memory: Row = {
  id: 400,
  title: 'Memory',
  panels: [
    {
      id: 401,
      title: 'Container memory against its limit',
      description:
        'The kernel kills the container when the working set reaches the limit. Near it: compare with heap and resident set to find the growing part.',
      unit: 'bytes',
      queries: [
        [series(METRICS.containerMemoryWorkingSet), 'working set {{instance}}'],
        [series(METRICS.containerMemoryUsage), 'usage {{instance}}'],
        [series(METRICS.containerMemoryLimit), 'limit {{instance}}'],
      ],
    },
    {
      id: 402,
      title: 'Resident set and heap',
      description:
        'Rising heap after each collection is a leak in JavaScript: take a heap profile. A rising resident set over a flat heap is buffers or native memory.',
      unit: 'bytes',
      queries: [
        [series(METRICS.processResidentMemory), 'resident {{instance}}'],
        [sumBy(['instance'], series(METRICS.heapSpaceSize)), 'heap {{instance}}'],
        [sumBy(['instance'], series(METRICS.heapUsed)), 'heap used {{instance}}'],
      ],
    },
    {
      id: 403,
      title: 'Heap used by space',
      description:
        'old_space holds the survivors: steady growth there is a leak. large_object_space holds big arrays and strings.',
      unit: 'bytes',
      kind: 'stacked',
      queries: [[sumBy(['v8js_heap_space_name'], series(METRICS.heapUsed)), '{{v8js_heap_space_name}}']],
    },
    {
      id: 404,
      title: 'Time in garbage collection',
      description:
        'Share of time. Above 10 %: too little memory or too much garbage; much "major" means that the heap is close to its limit.',
      unit: 'percentunit',
      queries: [
        [sumBy(['instance', 'v8js_gc_type'], rate(`${METRICS.gcDuration}_sum`)), '{{v8js_gc_type}} {{instance}}'],
      ],
    },
    {
      id: 405,
      title: 'Out-of-memory kills',
      description: 'Processes of the container that the kernel killed. Any: raise the limit or find the leak.',
      unit: 'none',
      queries: [[series(METRICS.containerMemoryOomKills), '{{instance}}']],
    },
    {
      id: 406,
      title: 'File descriptors',
      description: 'Share of the limit that is open. Rising without end: sockets or files are not closed.',
      unit: 'percentunit',
      queries: [[`${series(METRICS.processOpenFds)} / ${series(METRICS.processMaxFds)}`, '{{instance}}']],
    },
  ],
};
