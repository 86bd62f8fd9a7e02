/**
 * Commands of ioredis 5.11 and later and of node-redis 5.12 and later (`redis`, `@redis/client`), from their own
 * channels.
 */
import type { WorkRecord } from '@porthole/core/internal';
import { type Instrumentation, instrumentChannel, joinInstrumentations } from './instrument-channel.js';
import { createCommandRecord, failCommand, type RedisCommand } from './redis-call.js';

/** The message of node-redis about commands that are sent together. */
interface RedisBatch extends Omit<RedisCommand, 'command'> {
  readonly batchMode: string;
  readonly batchSize: number;
}

/** Records every command of ioredis that is written to a server, a child of the work that sent it. */
export function instrumentIoredis(): Instrumentation {
  return instrumentChannel<RedisCommand>({
    channel: 'ioredis:command',
    createRecord: createCommandRecord,
    fail: failCommand,
  });
}

/** Records every command of node-redis, a child of the work that sent it. A transaction is one record. */
export function instrumentRedis(): Instrumentation {
  const commands = instrumentChannel<RedisCommand>({
    channel: 'node-redis:command',
    createRecord: createCommandRecord,
    fail: failCommand,
  });
  const batches = instrumentChannel<RedisBatch>({
    channel: 'node-redis:batch',
    createRecord: createTransactionRecord,
    fail: failCommand,
  });
  return joinInstrumentations(commands, batches);
}

/** node-redis publishes the commands of a pipeline one by one, but not those of a transaction. */
function createTransactionRecord(batch: RedisBatch): WorkRecord | undefined {
  if (batch.batchMode !== 'MULTI') return undefined;
  const record = createCommandRecord({ ...batch, command: 'MULTI' });
  record.setAttribute('db.operation.batch.size', batch.batchSize);
  return record;
}
