export type { Config, LogLevel, OtlpProtocol, PortholeOptions, SamplerName, Switch } from './config/config.js';
export type { Observer } from './observer.js';
export type { PortholeErrorOptions } from './porthole-error.js';
export { PortholeError } from './porthole-error.js';
export type { SpanContext } from './span-context.js';
export type { WorkDescription } from './with-record.js';
export { withRecord } from './with-record.js';
export type { AttributeValue, WorkKind, WorkRecord } from './work-record.js';
