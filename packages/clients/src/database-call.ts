/**
 * The record of a database call, by OpenTelemetry's conventions for databases
 * (https://opentelemetry.io/docs/specs/semconv/db/).
 */
import { createChildRecord, type WorkRecord } from '@porthole/core/internal';
import { type SqlDialect, sanitizeSql } from './sanitize-sql.js';
import { summaryOf } from './sql-summary.js';

/** The server of a call. */
export interface DatabaseServer {
  /** `db.system.name`, a name of the conventions. */
  readonly system: string;
  /** `db.namespace`: the database within the server; empty if it is not known. */
  readonly namespace: string;
  /** A host name, an address, or the path of a Unix socket. */
  readonly address: string;
  /** 0 if there is no port. */
  readonly port: number;
}

/** Makes the record of a call, a child of the active record. `operation` is a name of low cardinality. */
export function createDatabaseRecord(server: DatabaseServer, operation: string, target = ''): WorkRecord {
  const record = createChildRecord('client', target === '' ? operation : `${operation} ${target}`);
  record.serverAddress = server.address;
  record.serverPort = server.port;
  record.attributes = { 'db.system.name': server.system, 'db.operation.name': operation };
  if (server.namespace !== '') record.attributes['db.namespace'] = server.namespace;
  return record;
}

/** The same for a statement, whose values are left out. */
export function createStatementRecord(server: DatabaseServer, statement: string, dialect: SqlDialect): WorkRecord {
  const text = sanitizeSql(statement, dialect);
  const { operation, target } = summaryOf(text);
  const record = createDatabaseRecord(server, operation, target);
  record.setAttribute('db.query.summary', record.name);
  if (target !== '') record.setAttribute('db.collection.name', target);
  record.setAttribute('db.query.text', text);
  return record;
}

/** A code of a database or of Node.js: `23505`, `ER_DUP_ENTRY`, `ECONNREFUSED`. It is suitable as a label value. */
const CODE = /^[A-Z0-9_]{1,48}$/;

/** A code of the database or its client, not of the connection: SQLSTATE (`23505`), Prisma's `P2002`. */
const DATABASE_CODE = /^(?=[A-Z]*[0-9])[0-9A-Z]{5}$/;

/**
 * Notes the code of `error` on the record. The message is left out, because servers quote values in it. Never throws.
 */
export function failDatabaseCall(record: WorkRecord, error: unknown): void {
  const { code, name } = codeAndName(error);
  if (typeof code === 'string' && CODE.test(code)) {
    record.errorType = code;
    if (DATABASE_CODE.test(code)) record.setAttribute('db.response.status_code', code);
  } else {
    record.errorType = typeof name === 'string' && name !== '' ? name : 'Error';
  }
}

/** Reads safely: an application may throw anything, even an error whose code cannot be read. */
function codeAndName(error: unknown): { readonly code?: unknown; readonly name?: unknown } {
  try {
    const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
    return { code, name };
  } catch {
    return {};
  }
}
