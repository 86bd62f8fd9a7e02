/** Calls to databases, caches and queues: each becomes a record of kind `client`. */
import { type Watch, watchIoredis } from './watch-ioredis.js';

/**
 * Records the calls of every client library that publishes them on Node's diagnostics channels: today ioredis 6. Clients may be
 * made before or after.
 */
export function watchClients(): Watch {
  return watchIoredis();
}
