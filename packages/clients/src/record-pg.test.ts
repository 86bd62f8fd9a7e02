import { EventEmitter } from 'node:events';
import { activeRecord, internalErrors, type WorkRecord, withRecord } from '@porthole/core/internal';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordPg } from './index.js';
import { type DatabaseServer, findPostgres, startPostgres } from './testing/database-server.js';
import { type RecordedCalls, recordCalls } from './testing/recorded-calls.js';
import { skipWithoutServer } from './testing/required-server.js';

const bin = findPostgres();
if (bin === undefined) skipWithoutServer('PostgreSQL (Debian package postgresql)');

describe.skipIf(bin === undefined)('the statements of pg', () => {
  const SECRET = 's3cr3t-canary';
  let server: DatabaseServer;
  let pool: pg.Pool;
  let calls: RecordedCalls;

  beforeAll(async () => {
    server = await startPostgres(bin as string);
  }, 60_000);
  afterAll(() => server?.close());
  beforeEach(() => {
    pool = recordPg(
      new pg.Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: 2 }),
    );
    calls = recordCalls();
  });
  afterEach(async () => {
    calls.close();
    await pool.end();
    expect(internalErrors().get('clients')).toBeUndefined();
  });

  test('become client records by the conventions, without their values', async () => {
    await pool.query('create temp table orders (id int, name text)');
    const { rows } = await pool.query({ text: `select $1::text as a, '${SECRET}' as b, 17 as n`, values: [SECRET] });
    expect(rows).toEqual([{ a: SECRET, b: SECRET, n: 17 }]);

    expect(calls.names()).toEqual(['CREATE orders', 'SELECT']);
    expect(calls.ended[1]).toMatchObject({
      kind: 'client',
      serverAddress: '127.0.0.1',
      serverPort: server.port,
      errorType: '',
    });
    expect(calls.ended[1]?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'postgres',
      'db.operation.name': 'SELECT',
      'db.query.summary': 'SELECT',
      'db.query.text': 'select $1::text as a, ? as b, ? as n',
    });
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('of a pool in use are recorded once on its existing clients, idle or taken', async () => {
    const used = new pg.Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: 2 });
    const taken = await used.connect();
    await used.query('select 1');
    expect(calls.names()).toEqual([]);
    expect(recordPg(recordPg(used))).toBe(used);
    await taken.query('select 2 from pg_class limit 1');
    await used.query('select 3 from pg_type limit 1');
    taken.release();
    await Promise.all([used.query('select 4'), used.query('select 5')]);
    expect(calls.names()).toEqual(['SELECT pg_class', 'SELECT pg_type', 'SELECT', 'SELECT']);
    await used.end();
  });

  test('are children of the work that sends them, even if it waits for a client of the pool', async () => {
    const runWork = (name: string): Promise<WorkRecord> =>
      withRecord({ name }, async (record) => {
        await pool.query('select pg_sleep(0.01)');
        await pool.query('select 1 from pg_class limit 1');
        expect(activeRecord()).toBe(record);
        return record;
      });
    const parents = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(runWork));
    for (const parent of parents) {
      const children = calls.ended.filter(({ parentSpanId1 }) => parentSpanId1 === parent.spanId1);
      expect(children.map(({ name }) => name)).toEqual(['SELECT', 'SELECT pg_class']);
    }
  });

  test('of every form are recorded once, with the same results', async () => {
    const client = await pool.connect();
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    expect((await client.query('select $1::int as n', [2])).rows).toEqual([{ n: 2 }]);
    expect((await client.query({ name: 'named', text: 'select $1::int as n', values: [3] })).rows).toEqual([{ n: 3 }]);
    await withRecord({ name: 'job' }, async (record) => {
      const result = await new Promise((resolve) => {
        const returned = client.query('select 4 as n', (_error: Error, { rows }: pg.QueryResult) => {
          expect(activeRecord()).toBe(record);
          resolve(rows);
        });
        expect(returned).toBeUndefined();
      });
      expect(result).toEqual([{ n: 4 }]);
    });
    const submitted = new pg.Query('select 5 as n');
    expect(client.query(submitted)).toBe(submitted);
    const rows: unknown[] = [];
    submitted.on('row', (row) => rows.push(row));
    await new Promise((resolve) => submitted.on('end', resolve));
    expect(rows).toEqual([{ n: 5 }]);
    await new Promise((resolve) => client.query({ text: 'select 6 as n', callback: resolve } as pg.QueryConfig, []));
    await new Promise((resolve) => client.query(new pg.Query({ text: 'select 7 as n' }, resolve)));
    client.release();
    await new Promise((resolve) => pool.query('select 8 as n', resolve));

    expect(calls.ended).toHaveLength(8);
    expect(calls.ended.every(({ endMs, errorType }) => endMs > 0 && errorType === '')).toBe(true);
  });

  test('that fail have the code as their error, and the caller gets the error', async () => {
    await expect(pool.query(`select '${SECRET}'::int`)).rejects.toThrow(SECRET);
    const client = await pool.connect();
    const error = await new Promise((resolve) => client.query('select * from nowhere', resolve));
    expect(error).toMatchObject({ code: '42P01' });
    const submitted = new pg.Query('select nonsense');
    client.query(submitted);
    const emitted = await new Promise((resolve) => submitted.on('error', resolve));
    expect(emitted).toMatchObject({ code: '42703' });
    const callback = (resolve: (error: unknown) => void) => ({ callback: resolve });
    await new Promise((resolve) => client.query({ text: 'select a', ...callback(resolve) } as pg.QueryConfig));
    await new Promise((resolve) => client.query(new pg.Query({ text: 'select b' }, resolve)));
    client.release();

    expect(calls.ended.map(({ errorType }) => errorType)).toEqual(['22P02', '42P01', '42703', '42703', '42703']);
    expect(calls.ended[1]?.attributes?.['db.response.status_code']).toBe('42P01');
    for (const record of calls.ended) expect(record.error).toBeUndefined();
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('that lose their connection end with an error', async () => {
    const client = await pool.connect();
    client.on('error', () => {});
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const pending = client.query('select pg_sleep(60)');
    await Promise.all([
      expect(pending).rejects.toThrow(),
      pool.query('select pg_terminate_backend($1)', [rows[0].pid]),
    ]);
    client.release(true);
    const lost = calls.ended.find(({ errorType }) => errorType !== '');
    expect(lost?.name).toBe('SELECT');
  });

  test('in a transaction are separate records', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('create temp table t2 (id int)');
    await client.query('rollback');
    client.release();
    expect(calls.names()).toEqual(['BEGIN', 'CREATE t2', 'ROLLBACK']);
  });
});

test('leaves a call without a text or an observable end alone', () => {
  const calls = recordCalls();
  const client = recordPg({ query: (...args: unknown[]) => args });
  expect(client.query(17 as never)).toEqual([17]);
  expect(client.query({ submit: () => {} } as never)).toEqual([{ submit: expect.any(Function) }]);
  expect(calls.ended).toEqual([]);
  expect(client.query('select 1' as never)).toEqual(['select 1']);
  expect(calls.names()).toEqual(['SELECT']);
  calls.close();
});

test('throws an error without a listener as usual', () => {
  const emitter = new EventEmitter();
  const client = recordPg({ query: (...args: unknown[]) => args && emitter });
  client.query({ text: 'select 1' } as never);
  expect(() => emitter.emit('error', new Error('nobody listens'))).toThrow('nobody listens');
});
