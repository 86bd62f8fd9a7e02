export type {
  Config,
  LogLevel,
  LogThreshold,
  OtlpProtocol,
  PortholeOptions,
  SamplerName,
  Switch,
} from './config/config.js';
export type { PortholeErrorOptions } from './porthole-error.js';
export { PortholeError } from './porthole-error.js';
export type { Carrier } from './propagation/carrier.js';
export { propagate } from './propagation/carrier.js';
export type { Observer } from './record/observer.js';
export type { PublicRecord as WorkRecord } from './record/public-record.js';
export type { SpanContext } from './record/span-context.js';
export type { WorkDescription } from './record/with-record.js';
export { withPublicRecord as withRecord } from './record/with-record.js';
export type { AttributeValue, WorkKind } from './record/work-record.js';
