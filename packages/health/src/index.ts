export type { EvaluateOptions, Health, HealthOptions } from './create-health.js';
export { createHealth } from './create-health.js';
export type { CheckContext, CheckOptions, HealthCheck, HealthErrorCode } from './health-check.js';
export type { CheckResult, CheckStatus, Probe, ProbeResult } from './probe-result.js';
export { HEALTH_JSON_CONTENT_TYPE, renderHealthJson } from './render-health-json.js';
export type { RenderOptions } from './render-probe.js';
export { renderPlain, renderVerbose } from './render-probe.js';
