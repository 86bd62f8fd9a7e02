/** The logs, and how the telemetry itself fares. */
import { METRICS } from '@porthole/metrics';
import { increase, orZero, rate, series, sumBy } from '../promql.js';
import type { Row } from './row.js';

export const telemetry: Row = {
  id: 700,
  title: 'Logs and telemetry',
  panels: [
    {
      id: 701,
      title: 'Log lines by level',
      description:
        'Lines per second. A rise of warn and error is the first sign of most incidents: read them for this time.',
      unit: 'cps',
      kind: 'stacked',
      queries: [[sumBy(['level'], rate(METRICS.logLines)), '{{level}}']],
    },
    {
      id: 702,
      title: 'Log lines dropped',
      description:
        'Lines that were lost because stdout was not read. Any: the log collector or the node is overloaded; log less.',
      unit: 'short',
      queries: [[sumBy(['instance'], increase(METRICS.logDropped)), '{{instance}}']],
    },
    {
      id: 703,
      title: 'Internal errors',
      description:
        'Failures of the telemetry itself, by component; the application goes on. "metrics" is often a label or value that is not valid; "config" a variable: see the line at start. Those of "config" are all since the start, since most are there before the first scrape.',
      unit: 'short',
      queries: [
        [orZero(sumBy(['component'], increase(METRICS.internalErrors, 'component!="config"'))), '{{component}}'],
        [sumBy(['component'], series(METRICS.internalErrors, 'component="config"')), '{{component}} since the start'],
      ],
    },
    {
      id: 704,
      title: 'Spans exported',
      description: 'Spans per second whose export is over; with an error_type they were lost: look at the collector.',
      unit: 'ops',
      queries: [[sumBy(['error_type'], rate(METRICS.spansExported)), 'exported {{error_type}}']],
    },
    {
      id: 705,
      title: 'Spans dropped',
      description: 'Spans that did not fit the queue. Any: the collector is slow or gone, or too much is sampled.',
      unit: 'short',
      queries: [[orZero(sumBy(['error_type'], increase(METRICS.spansProcessed, 'error_type!=""'))), '{{error_type}}']],
    },
  ],
};
