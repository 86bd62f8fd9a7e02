/** Commands of ioredis 5.11 and later that are written to a server, from ioredis' own channel. */

import { type Instrumentation, instrumentChannel } from './instrument-channel.js';
import { createCommandRecord, failCommand, type RedisCommand } from './redis-call.js';

/** Records every command, a child of the work that sent it. */
export function instrumentIoredis(): Instrumentation {
  return instrumentChannel<RedisCommand>({
    channel: 'ioredis:command',
    createRecord: createCommandRecord,
    fail: failCommand,
  });
}
