/** Commands of node-redis 5.12 and later (`redis`, `@redis/client`), seen through its own channels. */
import type { WorkRecord } from '@porthole/core/internal';
import { type Instrumentation, instrumentChannel, joinInstrumentations } from './instrument-channel.js';
import { createCommandRecord, failCommand, type RedisCommand } from './redis-call.js';

/** What node-redis publishes of commands that are sent together. */
interface RedisBatch extends Omit<RedisCommand, 'command'> {
  readonly batchMode: string;
  readonly batchSize: number;
}

/** Records every command, a child of the work that sent it; a transaction is one. */
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

/** The commands of a pipeline are published one by one, those of a transaction are not. */
function createTransactionRecord(batch: RedisBatch): WorkRecord | undefined {
  if (batch.batchMode !== 'MULTI') return undefined;
  const record = createCommandRecord({ ...batch, command: 'MULTI' });
  record.setAttribute('db.operation.batch.size', batch.batchSize);
  return record;
}
