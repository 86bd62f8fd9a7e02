/** The PromQL of a dashboard, for checks against a real Prometheus. */
import type { Dashboard, DashboardPanel } from './dashboard.js';

/** One query and its panel. */
export interface DashboardQuery {
  /** The panel's title. */
  readonly panel: string;
  /** The PromQL; variables that were not given are left in it. */
  readonly expr: string;
}

/**
 * All queries in the order of the panels. `variables` are put in for `$name` and `${name}`; without them the expressions are
 * as Grafana has them.
 *
 * @example
 * dashboardQueries(serviceDashboard, { service: 'orders', instance: '.*', __rate_interval: '1m' });
 */
export function dashboardQueries(
  dashboard: Dashboard,
  variables: Readonly<Record<string, string>> = {},
): readonly DashboardQuery[] {
  return dashboard.panels.flatMap((panel) => queriesOf(panel, variables));
}

function queriesOf(panel: DashboardPanel, variables: Readonly<Record<string, string>>): readonly DashboardQuery[] {
  const own = (panel.targets ?? []).map(({ expr }) => ({ panel: panel.title, expr: interpolate(expr, variables) }));
  return [...own, ...(panel.panels ?? []).flatMap((inner) => queriesOf(inner, variables))];
}

function interpolate(expr: string, variables: Readonly<Record<string, string>>): string {
  return expr.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    return Object.hasOwn(variables, name) ? (variables[name] as string) : whole;
  });
}
