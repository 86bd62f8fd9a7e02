import { expect, test } from 'vitest';
import type { Dashboard } from './dashboard.js';
import { dashboardQueries } from './dashboard-queries.js';
import { serviceDashboard } from './shipped-dashboards.js';

// In two parts: in one it looks like a template string that lacks its quotes.
const BRACED = '$' + '{span}';

const dashboard: Dashboard = {
  uid: 'u',
  title: 't',
  schemaVersion: 42,
  panels: [
    { id: 1, type: 'row', title: 'open' },
    { id: 2, type: 'stat', title: 'first', targets: [{ refId: 'A', expr: `up{job="$service"}[${BRACED}]` }] },
    {
      id: 3,
      type: 'row',
      title: 'collapsed',
      panels: [{ id: 4, type: 'stat', title: 'second', targets: [{ refId: 'A', expr: 'up{a="$other"}' }] }],
    },
  ],
};

test('queries come as they are, those of collapsed rows too', () => {
  expect(dashboardQueries(dashboard)).toEqual([
    { panel: 'first', expr: `up{job="$service"}[${BRACED}]` },
    { panel: 'second', expr: 'up{a="$other"}' },
  ]);
});

test('variables that are given are put in, as they are, and others are left', () => {
  const variables = { service: '$& orders', span: '1m' };
  expect(dashboardQueries(dashboard, variables).map(({ expr }) => expr)).toEqual([
    'up{job="$& orders"}[1m]',
    'up{a="$other"}',
  ]);
});

test('what is shipped has no variable beside the three that a check gives', () => {
  const variables = { service: 'orders', instance: '.*', __rate_interval: '1m' };
  const queries = dashboardQueries(serviceDashboard, variables);
  expect(queries.length).toBeGreaterThan(20);
  expect(queries.filter(({ expr }) => expr.includes('$'))).toEqual([]);
});
