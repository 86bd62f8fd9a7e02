/**
 * The dashboards as they are shipped: generated JSON that the build puts inline, so that nothing is read at run time.
 */
import service from '../grafana/service.json' with { type: 'json' };
import type { Dashboard } from './dashboard.js';

/** One service by requests, event loop, memory, processor, health and its own telemetry. */
export const serviceDashboard: Dashboard = service;
