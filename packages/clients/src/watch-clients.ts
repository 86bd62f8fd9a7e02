/** Calls to databases, caches and queues: each becomes a record of kind `client`. */
import { joinWatches, type Watch } from './watch-channel.js';
import { watchIoredis } from './watch-ioredis.js';
import { watchMysql2 } from './watch-mysql2.js';
import { watchRedis } from './watch-redis.js';

/**
 * Records the calls of every client library that publishes them on Node's diagnostics channels: ioredis, redis and mysql2. Clients
 * may be made before or after.
 */
export function watchClients(): Watch {
  return joinWatches(watchIoredis(), watchRedis(), watchMysql2());
}
