/**
 * Statements that are prepared explicitly with mysql2 (`prepare`, then `execute` of its result). mysql2 does not
 * publish them. So the connection object gets its own `prepare`, and each statement an `execute`.
 */
import { AsyncResource } from 'node:async_hooks';
import { reportInternalError, startWork, type WorkRecord } from '@porthole/core/internal';
import { createMysqlRecord, failMysqlCall } from './mysql-call.js';
import { rejectWrongClient } from './reject-wrong-client.js';
import { type Callback, observedCallback, observeEvents, settle } from './statement-end.js';

/** The part of a mysql2 connection that is used, with promises or callbacks. */
export interface Mysql2Connection {
  prepare(...args: never[]): unknown;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

interface ConnectionConfig {
  readonly database?: string;
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
}

interface CallbackConnection {
  prepare: Method;
  readonly config: ConnectionConfig;
  [RECORDED]?: true;
}

interface PreparedStatement {
  execute: Method;
  readonly query: string;
  [RECORDED]?: true;
}

const RECORDED: unique symbol = Symbol.for('porthole.v1.mysql2');

/**
 * Records each execution of the statements that a mysql2 connection prepares from now on. Connections of a pool need no
 * call. Returns its argument.
 *
 * @throws PortholeError `PORTHOLE_CLIENT` if it is not a connection: a pool, or the promise of a connection.
 *
 * @example
 * const connection = recordMysql2(await mysql.createConnection(options));
 */
export function recordMysql2<T extends Mysql2Connection>(connection: T): T {
  rejectWrongClient('recordMysql2', 'a connection of mysql2, not a pool or a promise', () => {
    if (!recordPreparing(connection)) throw new TypeError('it has no prepare');
  });
  return connection;
}

/** Records the prepared statements of `value` if it is a connection. Returns whether it is one. */
export function recordPreparing(value: unknown): boolean {
  const { connection: wrapped } = (value ?? {}) as { readonly connection?: unknown };
  const connection = (wrapped ?? value) as CallbackConnection | undefined;
  if (typeof connection?.prepare !== 'function') return false;
  if (connection[RECORDED]) return true;
  connection[RECORDED] = true;
  const prepare = connection.prepare;
  connection.prepare = function (this: unknown, options: unknown, callback: unknown): unknown {
    if (typeof callback !== 'function') return prepare.call(this, options, callback);
    const onPrepared = AsyncResource.bind(function (this: unknown, error: unknown, statement: unknown): unknown {
      recordExecuting(statement as PreparedStatement | undefined, connection.config);
      return callback.call(this, error, statement);
    });
    return prepare.call(this, options, onPrepared);
  };
  return true;
}

/** A statement that was prepared before is the same object again. */
function recordExecuting(statement: PreparedStatement | undefined, config: ConnectionConfig): void {
  if (typeof statement?.execute !== 'function' || statement[RECORDED]) return;
  statement[RECORDED] = true;
  const execute = statement.execute;
  statement.execute = function (this: unknown, ...args: unknown[]): unknown {
    const record = begin(statement, config);
    if (record === undefined) return execute.apply(this, args);
    const last = args.at(-1);
    const hasCallback = typeof last === 'function';
    if (hasCallback) args[args.length - 1] = observedCallback(record, last as Callback, failMysqlCall);
    let command: unknown;
    try {
      command = execute.apply(this, args);
    } catch (error) {
      settle(record, error, failMysqlCall);
      throw error;
    }
    if (!hasCallback && !observeEvents(record, command, failMysqlCall)) settle(record);
    return command;
  };
}

function begin({ query }: PreparedStatement, config: ConnectionConfig): WorkRecord | undefined {
  try {
    const { database = '', host = 'localhost', port = 3306, socketPath } = config;
    const isSocket = typeof socketPath === 'string' && socketPath !== '';
    const serverAddress = isSocket ? socketPath : host;
    const record = createMysqlRecord({ query, database, serverAddress, serverPort: isSocket ? undefined : port });
    startWork(record);
    return record;
  } catch (error) {
    reportInternalError('clients', error);
    return undefined;
  }
}
