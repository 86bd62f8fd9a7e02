export type {
  Config,
  LogLevel,
  LogThreshold,
  OtlpProtocol,
  PortholeOptions,
  SamplerName,
  Switch,
} from './config/config.js';
export type { Observer } from './observer.js';
export type { PortholeErrorOptions } from './porthole-error.js';
export { PortholeError } from './porthole-error.js';
export type { Carrier } from './propagation/carrier.js';
export { propagate } from './propagation/carrier.js';
export type { PublicRecord as WorkRecord } from './public-record.js';
export type { SpanContext } from './span-context.js';
export type { WorkDescription } from './with-record.js';
export { withPublicRecord as withRecord } from './with-record.js';
export type { AttributeValue, WorkKind } from './work-record.js';
