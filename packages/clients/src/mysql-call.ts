/**
 * A statement of mysql2 as a record. mysql2 writes values into the text of `query`, and quotes them in messages of errors: neither is kept.
 */
import type { WorkRecord } from '@porthole/core/internal';
import { createStatementRecord, failDatabaseCall } from './database-call.js';

/** What mysql2 publishes of one statement. */
export interface Mysql2Statement {
  readonly query: unknown;
  readonly database: string;
  readonly serverAddress: string;
  /** None if the connection is a Unix socket, whose path is the address then. */
  readonly serverPort: number | undefined;
}

/** A record of a statement that begins. */
export function createMysqlRecord({ query, database, serverAddress, serverPort }: Mysql2Statement): WorkRecord {
  const server = { system: 'mysql', namespace: database, address: serverAddress, port: serverPort ?? 0 };
  return createStatementRecord(server, String(query), 'mysql');
}

/** The server's number is the status (`1062`), by the conventions for MySQL; an error of the connection has a negative one. */
export function failMysqlCall(record: WorkRecord, error: unknown): void {
  failDatabaseCall(record, error);
  const { errno } = (error ?? {}) as { readonly errno?: unknown };
  if (typeof errno === 'number' && errno > 0) record.setAttribute('db.response.status_code', String(errno));
}
