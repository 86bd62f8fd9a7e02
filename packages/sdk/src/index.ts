export type { AttributeValue, PortholeOptions, WorkDescription, WorkKind, WorkRecord } from '@porthole/core';
export { PortholeError } from '@porthole/core';
export type { CheckOptions, Health, HealthCheck } from '@porthole/health';
export type { Logger } from '@porthole/logger';
export type { Metrics } from '@porthole/metrics';
export type { Porthole } from './porthole.js';
export { porthole } from './porthole.js';
export { startPorthole } from './start-porthole.js';
