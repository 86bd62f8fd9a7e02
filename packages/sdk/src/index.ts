export { recordMongo, recordMysql2, recordPg, recordPrisma } from '@porthole/clients';
export type {
  AttributeValue,
  Carrier,
  PortholeOptions,
  Switch,
  WorkDescription,
  WorkKind,
  WorkRecord,
} from '@porthole/core';
export { PortholeError, propagate } from '@porthole/core';
export type { CheckOptions, Health, HealthCheck } from '@porthole/health';
export type { DescribedRequest, DescribeRequest } from '@porthole/http';
export { recordError, setClientAddress, setRoute } from '@porthole/http';
export type { Logger } from '@porthole/logger';
export type { Metrics } from '@porthole/metrics';
export type { NodeSdk, NodeSdkDefaults, NodeSdkFactory } from '@porthole/tracing';
export { porthole } from './porthole.js';
export type { Porthole } from './porthole-instance.js';
export type { StartOptions } from './start-porthole.js';
export { startPorthole } from './start-porthole.js';
