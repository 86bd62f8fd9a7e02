export type { MetricName } from './metric-names.js';
export { METRICS } from './metric-names.js';
export type { Metrics } from './metrics.js';
export { createIdleMetrics, createMetrics } from './metrics.js';
export type { MetricsErrorCode, MetricsOptions } from './metrics-options.js';
