import { METRICS } from '@porthole/metrics';
import { describe, expect, test } from 'vitest';
import type { Dashboard, DashboardPanel } from './dashboard.js';
import { dashboardQueries } from './dashboard-queries.js';
import { formatJson } from './format-json.js';
import { buildServiceDashboard } from './service-dashboard.js';

// As it is shipped: what JSON does not have is gone.
const built = JSON.parse(JSON.stringify(buildServiceDashboard())) as Dashboard;
const panels = built.panels.filter(({ type }) => type !== 'row');

/** Where `npm run generate` writes: this very test, told to update. */
test('the dashboard that is shipped is the one that the sources make', async () => {
  await expect(formatJson(buildServiceDashboard())).toMatchFileSnapshot('../grafana/service.json');
});

test('it is found under a fixed uid, and the ids of its panels are unique', () => {
  expect(built.uid).toBe('porthole-service');
  const ids = built.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('its variables are the data source, the service and the instances', () => {
  const { list } = (built as unknown as { templating: { list: { name: string }[] } }).templating;
  expect(list.map(({ name }) => name)).toEqual(['datasource', 'service', 'instance']);
});

test('no panel lies on another', () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels as (DashboardPanel & { gridPos: Record<'x' | 'y' | 'w' | 'h', number> })[]) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x},${y}`)).toBeUndefined();
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

describe.each(panels.map((panel) => [panel.title, panel] as const))('panel "%s"', (_, panel) => {
  test('says what it shows in which unit, and has queries', () => {
    const { unit } = (panel as unknown as { fieldConfig: { defaults: { unit: string } } }).fieldConfig.defaults;
    expect(unit).not.toBe('');
    expect(panel.description?.length).toBeGreaterThan(20);
    expect(panel.targets?.length).toBeGreaterThan(0);
  });
});

const known = new Set<string>(Object.values(METRICS));

test.each(dashboardQueries(built).map(({ panel, expr }) => [panel, expr]))(
  '%s: %s selects the service, by names that are exposed',
  (_, expr) => {
    const selectors = [...expr.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}/g)];
    expect(selectors.length).toBeGreaterThan(0);
    for (const [, name = '', matchers] of selectors) {
      expect(known).toContain(known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
      expect(matchers).toContain('job="$service",instance=~"$instance"');
    }
  },
);
