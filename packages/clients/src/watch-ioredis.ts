/** Commands of ioredis 5.11 and later: each that is written to a server, seen through ioredis' own channel. */
import { createCommandRecord, failCommand, type RedisCommand } from './redis-call.js';
import { type Watch, watchChannel } from './watch-channel.js';

/** Records every command, a child of the work that sent it. */
export function watchIoredis(): Watch {
  return watchChannel<RedisCommand>({
    channel: 'ioredis:command',
    createRecord: createCommandRecord,
    fail: failCommand,
  });
}
