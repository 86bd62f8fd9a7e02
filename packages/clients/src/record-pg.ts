/**
 * Statements of pg, which publishes nothing. The given client or pool object gets its own `query`, which calls the
 * original one and notes its start and end.
 */
import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { reportInternalError, startWork, type WorkRecord } from '@porthole/core/internal';
import { createStatementRecord } from './database-call.js';
import { rejectWrongClient } from './reject-wrong-client.js';
import { type Callback, observedCallback, observedPromise, observeEvents, settle } from './statement-end.js';

/** The part of a `Client` of pg 8 that is used. */
export interface PgClient {
  query(...args: never[]): unknown;
}

/** The part of a `Pool` of pg 8 that is used. */
export interface PgPool extends PgClient {
  connect(...args: never[]): unknown;
  on(event: 'connect', listener: (client: never) => void): unknown;
  readonly totalCount: number;
}

type Query = (this: unknown, ...args: unknown[]) => unknown;

interface ConnectedClient {
  query: Query;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string | null;
  [RECORDED]?: true;
}

const RECORDED: unique symbol = Symbol.for('porthole.v1.pg');

/**
 * Records the statements of a client, or of all present and later clients of a pool. Returns its argument. Arguments,
 * results and errors stay the same. A returned promise is another one that settles the same way. A callback runs in the
 * context of its call.
 *
 * @throws PortholeError `PORTHOLE_CLIENT` if it is neither a Client nor a Pool.
 *
 * @example
 * const pool = recordPg(new Pool());
 */
export function recordPg<T extends PgClient | PgPool>(clientOrPool: T): T {
  rejectWrongClient('recordPg', 'a Client or a Pool of pg', () => {
    if (isPool(clientOrPool)) recordPool(clientOrPool);
    else recordClient(clientOrPool as unknown as ConnectedClient);
  });
  return clientOrPool;
}

function isPool(value: PgClient | PgPool): value is PgPool {
  return typeof (value as Partial<PgPool>).totalCount === 'number';
}

function recordPool(pool: PgPool & { [RECORDED]?: true }): void {
  if (pool[RECORDED]) return;
  pool[RECORDED] = true;
  pool.on('connect', recordClient as (client: never) => void);
  recordExisting(pool);
  // pg hands a released client to a waiting caller in the context of the releasing work.
  const connect = pool.connect as unknown as Query;
  pool.connect = function (this: unknown, ...args: unknown[]): unknown {
    const [callback] = args;
    return connect.call(this, ...(typeof callback === 'function' ? [AsyncResource.bind(callback as Callback)] : args));
  } as never;
}

/** pg-pool 3 keeps the clients in use in an undocumented field. Without it, only later clients are recorded. */
function recordExisting(pool: PgPool & { readonly _clients?: unknown }): void {
  const { _clients: clients } = pool;
  if (!Array.isArray(clients)) return;
  for (const client of clients) if (typeof client?.query === 'function') recordClient(client);
}

function recordClient(client: ConnectedClient): void {
  if (client[RECORDED]) return;
  client[RECORDED] = true;
  const query = client.query;
  client.query = function (this: unknown, ...args: unknown[]): unknown {
    const record = begin(client, args[0]);
    if (record === undefined) return query.apply(this, args);
    const hasCallback = observeCallback(record, args);
    let result: unknown;
    try {
      result = query.apply(this, args);
    } catch (error) {
      settle(record, error);
      throw error;
    }
    if (hasCallback) return result;
    if (types.isPromise(result)) return observedPromise(record, result);
    if (!observeEvents(record, result)) settle(record);
    return result;
  };
}

/**
 * Wraps the callback of a query: the last of `args`, or that of the first one, a `Query` or a configuration. If both
 * exist, pg calls that of a `Query`, but not that of a configuration. Returns whether there is a callback.
 */
function observeCallback(record: WorkRecord, args: unknown[]): boolean {
  const query = args[0] as { callback?: unknown; readonly submit?: unknown };
  const isOwn = typeof query.callback === 'function';
  const last = args.at(-1);
  if (isOwn && typeof query.submit === 'function') {
    query.callback = observedCallback(record, query.callback as Callback);
  } else if (typeof last === 'function') {
    args[args.length - 1] = observedCallback(record, last as Callback);
  } else if (isOwn) {
    const value = observedCallback(record, query.callback as Callback);
    args[0] = Object.create(query, { callback: { value, enumerable: true } });
  } else return false;
  return true;
}

/** The record of the statement, or undefined if its text is unknown. Then it is not recorded. */
function begin(client: ConnectedClient, first: unknown): WorkRecord | undefined {
  try {
    const text = typeof first === 'string' ? first : textOf(first);
    if (text === undefined) return undefined;
    const { host = '', port = 0, database } = client;
    const isSocket = host.startsWith('/');
    const server = { system: 'postgresql', namespace: database ?? '', address: host, port: isSocket ? 0 : port };
    const record = createStatementRecord(server, text, 'postgresql');
    startWork(record);
    return record;
  } catch (error) {
    reportInternalError('clients', error);
    return undefined;
  }
}

/** The text of a query's configuration, or of a submitted query or cursor. */
function textOf(query: unknown): string | undefined {
  const { text, cursor } = (query ?? {}) as { readonly text?: unknown; readonly cursor?: { readonly text?: unknown } };
  const found = text ?? cursor?.text;
  return typeof found === 'string' ? found : undefined;
}
