/** Calls to databases, caches and queues: each becomes a record of kind `client`. */
import { type Instrumentation, joinInstrumentations } from './instrument-channel.js';
import { instrumentMysql2 } from './instrument-mysql2.js';
import { instrumentIoredis, instrumentRedis } from './instrument-redis.js';

/**
 * Records the calls of the libraries that publish them on Node's diagnostics channels: ioredis, redis and mysql2.
 * Clients may be made before or after.
 */
export function instrumentClients(): Instrumentation {
  return joinInstrumentations(instrumentIoredis(), instrumentRedis(), instrumentMysql2());
}
