/** The processor: used, allowed and denied time. */
import { METRICS } from '@porthole/metrics';
import { rate, series } from '../promql.js';
import type { Row } from './row.js';

export const processor: Row = {
  id: 500,
  title: 'CPU',
  panels: [
    {
      id: 501,
      title: 'CPU against its limit',
      description:
        'Cores in use. Node.js runs JavaScript on one: near 1 the event loop is the bound, with any limit; near a limit below 1 raise it.',
      unit: 'none',
      queries: [
        [rate(METRICS.processCpu), 'process {{instance}}'],
        [rate(METRICS.containerCpuTime), 'container {{instance}}'],
        [series(METRICS.containerCpuLimit), 'limit {{instance}}'],
      ],
    },
    {
      id: 502,
      title: 'Throttling',
      description:
        'Share of periods in which the container was stopped because its quota was used up. Above 5 % with slow requests: raise or remove the CPU limit.',
      unit: 'percentunit',
      queries: [
        [`${rate(METRICS.containerCpuThrottledPeriods)} / (${rate(METRICS.containerCpuPeriods)} > 0)`, '{{instance}}'],
      ],
    },
  ],
};
