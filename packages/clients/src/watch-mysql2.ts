/**
 * Statements of mysql2, seen through its own channels. It writes values into the text of `query`, and quotes them in messages of errors:
 * neither is kept.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ActiveScope, activeScope, bindScope, guardedListener, type WorkRecord } from '@porthole/core/internal';
import { createStatementRecord, failDatabaseCall } from './database-call.js';
import { joinWatches, type Watch, watchChannel } from './watch-channel.js';

/** What mysql2 publishes of one statement. */
interface Mysql2Statement {
  readonly query: unknown;
  readonly database: string;
  readonly serverAddress: string;
  /** None where the connection is a Unix socket, whose path is the address then. */
  readonly serverPort: number | undefined;
}

/** Records every statement, a child of the work that sent it. */
export function watchMysql2(): Watch {
  const watches = ['mysql2:query', 'mysql2:execute'].map((channel) =>
    watchChannel<Mysql2Statement>({ channel, createRecord: createMysqlRecord, fail: failMysqlCall }),
  );
  return joinWatches(...watches, keepScopeOfWaiting());
}

const POOL_CHANNEL = 'tracing:mysql2:pool:connect';

/**
 * Who waits for a connection of a pool is given one by the work that gives it back, in that work's context. Here it goes on in its own.
 */
function keepScopeOfWaiting(): Watch {
  const scopes = new WeakMap<object, ActiveScope>();
  const onStart = guardedListener('clients', (message: object) => {
    const scope = activeScope();
    if (scope !== undefined) scopes.set(message, scope);
  });
  subscribe(`${POOL_CHANNEL}:start`, onStart);
  const unbind = bindScope(`${POOL_CHANNEL}:asyncStart`, (message: object) => scopes.get(message));
  return {
    close: () => {
      unsubscribe(`${POOL_CHANNEL}:start`, onStart);
      unbind();
    },
  };
}

/** The server's number is the status (`1062`), by the conventions for MySQL; an error of the connection has a negative one. */
function failMysqlCall(record: WorkRecord, error: unknown): void {
  failDatabaseCall(record, error);
  const { errno } = (error ?? {}) as { readonly errno?: unknown };
  if (typeof errno === 'number' && errno > 0) record.setAttribute('db.response.status_code', String(errno));
}

function createMysqlRecord({ query, database, serverAddress, serverPort }: Mysql2Statement): WorkRecord {
  const server = { system: 'mysql', namespace: database, address: serverAddress, port: serverPort ?? 0 };
  return createStatementRecord(server, String(query), 'mysql');
}
