/**
 * Statements of pg, which publishes nothing: a client or a pool that the application hands over gets a `query` of its own, on the object
 * itself, that does what the one beneath does and sees when it begins and ends.
 */
import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { reportInternalError, startWork, type WorkRecord } from '@porthole/core/internal';
import { createStatementRecord } from './database-call.js';
import { rejectWrongClient } from './reject-wrong-client.js';
import { type Callback, observedCallback, observedPromise, observeEvents, settle } from './statement-end.js';

/** What is used of a `Client` of pg 8. */
export interface PgClient {
  query(...args: never[]): unknown;
}

/** What is used of a `Pool` of pg 8. */
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
 * Records the statements of a client, or of all clients of a pool, those that it has already too. Returns what it is given. What
 * callers pass, get back or catch is what it is without, apart from promises, which are others that settle the same way; a callback runs
 * in the context that it was passed in.
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
  // A client that is waited for is handed over by who gives it back, in that work's context.
  const connect = pool.connect as unknown as Query;
  pool.connect = function (this: unknown, ...args: unknown[]): unknown {
    const [callback] = args;
    return connect.call(this, ...(typeof callback === 'function' ? [AsyncResource.bind(callback as Callback)] : args));
  } as never;
}

/** The clients of a pool in use are in a field that pg-pool 3 does not document; without it only later ones are recorded. */
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
 * Sees when the callback is called that the last of `args` is, or that the first has, a `Query` or a configuration. Where there are both
 * pg takes that of a `Query`, but not that of a configuration. Whether there is one.
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

/** A record of the statement, or undefined where it cannot be told what it is: then there is none. */
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

/** Of a query's configuration, or of a query or cursor that is submitted as it is. */
function textOf(query: unknown): string | undefined {
  const { text, cursor } = (query ?? {}) as { readonly text?: unknown; readonly cursor?: { readonly text?: unknown } };
  const found = text ?? cursor?.text;
  return typeof found === 'string' ? found : undefined;
}
