/**
 * Commands of ioredis (6 and later): each that is written to a server becomes a record of kind `client`, a child of the work
 * that sent it (https://opentelemetry.io/docs/specs/semconv/db/redis/). Seen through ioredis' own tracing channels. Neither
 * arguments nor messages of errors are kept: a server's messages quote arguments.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createChildRecord, endWork, guardedListener, startWork, type WorkRecord } from '@porthole/core/internal';

/** A subscription that can be ended. */
export interface Watch {
  close(): void;
}

/** What ioredis publishes of one command; the same object in each of its events. */
interface CommandMessage {
  readonly command: string;
  readonly database: number;
  readonly serverAddress: string;
  /** None where the connection is a Unix socket, whose path is the address then. */
  readonly serverPort: number | undefined;
  readonly error?: unknown;
}

/** Records every command; for one that is under way when the watch is closed, the work ends there. */
export function watchIoredis(): Watch {
  const underWay = new Map<CommandMessage, WorkRecord>();

  const onStart = (message: CommandMessage): void => {
    const record = createRecord(message);
    underWay.set(message, record);
    startWork(record);
  };
  const onError = (message: CommandMessage): void => {
    const record = underWay.get(message);
    if (record !== undefined) noteError(record, message.error);
  };
  const onSettled = (message: CommandMessage): void => {
    const record = underWay.get(message);
    if (record === undefined) return;
    underWay.delete(message);
    endWork(record);
  };

  const subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    ['tracing:ioredis:command:start', guardedListener('clients', onStart)],
    ['tracing:ioredis:command:error', guardedListener('clients', onError)],
    ['tracing:ioredis:command:asyncEnd', guardedListener('clients', onSettled)],
  ];
  for (const [channel, listener] of subscriptions) subscribe(channel, listener);
  return {
    close: () => {
      for (const [channel, listener] of subscriptions) unsubscribe(channel, listener);
      for (const record of underWay.values()) endWork(record);
      underWay.clear();
    },
  };
}

function createRecord(message: CommandMessage): WorkRecord {
  const operation = message.command.toUpperCase();
  const record = createChildRecord('client', operation);
  record.serverAddress = message.serverAddress;
  record.serverPort = message.serverPort ?? 0;
  record.attributes = {
    'db.system.name': 'redis',
    'db.operation.name': operation,
    'db.namespace': String(message.database),
  };
  return record;
}

/** A reply's prefix (`WRONGTYPE`), which is the first word of its message. */
const REPLY_PREFIX = /^[A-Z][A-Z0-9_]{0,31}(?= |$)/;

function noteError(record: WorkRecord, error: unknown): void {
  const { name, message, code } = error as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
  };
  if (name === 'ReplyError') {
    const prefix = REPLY_PREFIX.exec(String(message))?.[0];
    if (prefix !== undefined) record.setAttribute('db.response.status_code', prefix);
    record.errorType = prefix ?? 'ReplyError';
  } else {
    record.errorType = typeof code === 'string' ? code : String(name ?? 'Error');
  }
}
