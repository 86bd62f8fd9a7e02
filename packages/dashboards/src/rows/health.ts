/** Health checks. */
import { METRICS } from '@porthole/metrics';
import { quantile, series } from '../promql.js';
import type { Row } from './row.js';

export const health: Row = {
  id: 600,
  title: 'Health',
  panels: [
    {
      id: 601,
      title: 'Health checks',
      description:
        'Each check of each probe. A failing readiness check takes the instance out of traffic: look at the dependency that it is named after. A failing liveness check restarts it.',
      unit: 'none',
      kind: 'states',
      columns: 16,
      queries: [
        [`min by (instance, probe, check) (${series(METRICS.healthCheckStatus)})`, '{{probe}} {{check}} {{instance}}'],
      ],
    },
    {
      id: 602,
      title: 'Duration of health checks',
      description: '95th percentile. Close to the time-out of the check: the dependency is slow before it fails.',
      unit: 's',
      queries: [[quantile(0.95, METRICS.healthCheckDuration, ['check']), '{{check}}']],
    },
  ],
};
