/** Commands of Redis (https://opentelemetry.io/docs/specs/semconv/db/redis/), whichever library sends them. */
import type { WorkRecord } from '@porthole/core/internal';
import { createDatabaseRecord, failDatabaseCall } from './database-call.js';

/** What the libraries publish of one command. */
export interface RedisCommand {
  readonly command: string;
  readonly database: number;
  readonly serverAddress: string | undefined;
  /** None where the connection is a Unix socket, whose path is the address then. */
  readonly serverPort: number | undefined;
}

/** A record of a command that begins. Neither keys nor arguments are kept. */
export function createCommandRecord({ command, database, serverAddress, serverPort }: RedisCommand): WorkRecord {
  const server = {
    system: 'redis',
    namespace: String(database),
    address: serverAddress ?? '',
    port: serverPort ?? 0,
  };
  return createDatabaseRecord(server, command.toUpperCase());
}

/** A reply's prefix (`WRONGTYPE`), which is the first word of its message. What is in capitals like this is no sentence of a library's. */
const REPLY_PREFIX = /^[A-Z][A-Z0-9_]{1,31}(?= |$)/;

/** Notes that the command failed, by the prefix of the reply. The rest of the message is not kept: it quotes arguments. */
export function failCommand(record: WorkRecord, error: unknown): void {
  const { name, message, code } = (error ?? {}) as Partial<Record<'name' | 'message' | 'code', unknown>>;
  const prefix = code === undefined ? REPLY_PREFIX.exec(String(message))?.[0] : undefined;
  if (prefix !== undefined) {
    record.errorType = prefix;
    record.setAttribute('db.response.status_code', prefix);
  } else if (name === 'ReplyError') record.errorType = name;
  else failDatabaseCall(record, error);
}
