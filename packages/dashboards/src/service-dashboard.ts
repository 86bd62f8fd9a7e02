/** The dashboard "Service": one service, all of its instances or some. */
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '@porthole/metrics';
import { createPanel, DATASOURCE } from './panel.js';
import { health } from './rows/health.js';
import { processor } from './rows/processor.js';
import { overview, requests } from './rows/requests.js';
import type { Row } from './rows/row.js';
import { eventLoop, memory } from './rows/runtime.js';
import { telemetry } from './rows/telemetry.js';

const ROWS: readonly Row[] = [overview, requests, eventLoop, memory, processor, health, telemetry];

/** Builds the dashboard as Grafana takes it. */
export function buildServiceDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('Service')
    .uid('porthole-service')
    .description('A Node.js service with Porthole: requests, event loop, memory, CPU, health, logs.')
    .tags(['porthole', 'nodejs'])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      labelVariable('service', 'Service', `label_values(${METRICS.buildInfo}, job)`).description('The scrape job.'),
    )
    .withVariable(
      labelVariable('instance', 'Instance', `label_values(${METRICS.buildInfo}{job="$service"}, instance)`)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: 'All', value: '$__all' }),
    );
  for (const row of ROWS) {
    dashboard.withRow(new RowBuilder(row.title).id(row.id));
    for (const panel of row.panels) dashboard.withPanel(createPanel(panel));
  }
  return dashboard.build();
}

function labelVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
