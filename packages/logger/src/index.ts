export type { DropNoticeOptions } from './drop-notice.js';
export { createDropNotice } from './drop-notice.js';
export type { LineSink, LineSinkOptions } from './line-sink.js';
export { createLineSink } from './line-sink.js';
export type { LogFormat } from './log-line.js';
export type { Logger, LoggerOptions } from './logger.js';
export { createLogger } from './logger.js';
export type { RequestLogOptions } from './request-log.js';
export { createRequestLog } from './request-log.js';
