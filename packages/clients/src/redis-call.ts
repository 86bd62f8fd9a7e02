/** Commands of Redis (https://opentelemetry.io/docs/specs/semconv/db/redis/), for both libraries. */
import type { WorkRecord } from '@porthole/core/internal';
import { createDatabaseRecord, failDatabaseCall } from './database-call.js';

/** The message of a library about one command. */
export interface RedisCommand {
  readonly command: string;
  readonly database: number;
  readonly serverAddress: string | undefined;
  /** Undefined if the connection is a Unix socket. Its path is the address then. */
  readonly serverPort: number | undefined;
}

/** Makes the record of a command, without its keys and arguments. */
export function createCommandRecord({ command, database, serverAddress, serverPort }: RedisCommand): WorkRecord {
  const server = {
    system: 'redis',
    namespace: String(database),
    address: serverAddress ?? '',
    port: serverPort ?? 0,
  };
  return createDatabaseRecord(server, command.toUpperCase());
}

/**
 * A reply's prefix (`WRONGTYPE`): the first word of its message. A library's own messages do not begin with a word in
 * capitals.
 */
const REPLY_PREFIX = /^[A-Z][A-Z0-9_]{1,31}(?= |$)/;

/** Notes the prefix of the reply on the record. The rest of the message is left out: it quotes arguments. */
export function failCommand(record: WorkRecord, error: unknown): void {
  const { name, message, code } = (error ?? {}) as Partial<Record<'name' | 'message' | 'code', unknown>>;
  const prefix = code === undefined ? REPLY_PREFIX.exec(String(message))?.[0] : undefined;
  if (prefix !== undefined) {
    record.errorType = prefix;
    record.setAttribute('db.response.status_code', prefix);
  } else if (name === 'ReplyError') record.errorType = name;
  else failDatabaseCall(record, error);
}
