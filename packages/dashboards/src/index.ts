export type { Dashboard, DashboardPanel, DashboardTarget } from './dashboard.js';
export type { DashboardQuery } from './dashboard-queries.js';
export { dashboardQueries } from './dashboard-queries.js';
export { serviceDashboard } from './shipped-dashboards.js';
