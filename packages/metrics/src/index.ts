export type {
  Collect,
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  InstrumentOptions,
  Labels,
  MetricInstruments,
  Report,
} from './metric-instruments.js';
export type { MetricName } from './metric-names.js';
export { METRICS } from './metric-names.js';
export type { Metrics, ServiceMetrics } from './metrics.js';
export { createMetrics, createNoopMetrics } from './metrics.js';
export type { MetricsErrorCode, MetricsOptions } from './metrics-options.js';
