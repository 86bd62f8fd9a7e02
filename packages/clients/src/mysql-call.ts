/**
 * The record of a mysql2 statement. mysql2 writes values into the text of `query` and quotes them in error messages:
 * neither is kept.
 */
import type { WorkRecord } from '@porthole/core/internal';
import { createStatementRecord, failDatabaseCall } from './database-call.js';

/** The message of mysql2 about one statement. */
export interface Mysql2Statement {
  readonly query: unknown;
  readonly database: string;
  readonly serverAddress: string;
  /** Undefined if the connection is a Unix socket. Its path is the address then. */
  readonly serverPort: number | undefined;
}

/** Makes the record of a statement. */
export function createMysqlRecord({ query, database, serverAddress, serverPort }: Mysql2Statement): WorkRecord {
  const server = { system: 'mysql', namespace: database, address: serverAddress, port: serverPort ?? 0 };
  return createStatementRecord(server, String(query), 'mysql');
}

/**
 * The server's number is the status (`1062`), by the conventions for MySQL. An error of the connection has a negative
 * number.
 */
export function failMysqlCall(record: WorkRecord, error: unknown): void {
  failDatabaseCall(record, error);
  const { errno } = (error ?? {}) as { readonly errno?: unknown };
  if (typeof errno === 'number' && errno > 0) record.setAttribute('db.response.status_code', String(errno));
}
