import { internalErrors, type WorkRecord, withRecord } from '@porthole/core/internal';
import mysql from 'mysql2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instrumentClients } from './index.js';
import { type DatabaseServer, hasMariadb, startMariadb } from './testing/database-server.js';
import { type RecordedCalls, recordCalls } from './testing/recorded-calls.js';
import { skipWithoutServer } from './testing/required-server.js';

if (!hasMariadb()) skipWithoutServer('MariaDB (Debian package mariadb-server)');

describe.skipIf(!hasMariadb())('the statements of mysql2', () => {
  const SECRET = 's3cr3t-canary';
  let server: DatabaseServer;
  let pool: ReturnType<mysql.Pool['promise']>;
  let instrumentation: { close(): void };
  let calls: RecordedCalls;

  beforeAll(async () => {
    server = await startMariadb();
  }, 60_000);
  afterAll(() => server?.close());
  beforeEach(async () => {
    pool = mysql
      .createPool({ host: '127.0.0.1', port: server.port, user: 'root', database: 'test', connectionLimit: 2 })
      .promise();
    await pool.query('create table if not exists orders (id int primary key, name varchar(40))');
    instrumentation = instrumentClients();
    calls = recordCalls();
  });
  afterEach(async () => {
    calls.close();
    instrumentation.close();
    await pool.end();
    expect(internalErrors().get('clients')).toBeUndefined();
  });

  test('become client records by the conventions, without the values in their text', async () => {
    await pool.query('replace into orders values (?, ?)', [4711, SECRET]);
    const [rows] = await pool.execute('select name from orders where id = ?', [4711]);
    expect(rows).toEqual([{ name: SECRET }]);

    expect(calls.names()).toEqual(['REPLACE orders', 'SELECT orders']);
    expect(calls.ended[0]).toMatchObject({
      kind: 'client',
      serverAddress: '127.0.0.1',
      serverPort: server.port,
      errorType: '',
    });
    expect(calls.ended[0]?.attributes).toEqual({
      'db.system.name': 'mysql',
      'db.namespace': 'test',
      'db.operation.name': 'REPLACE',
      'db.collection.name': 'orders',
      'db.query.summary': 'REPLACE orders',
      'db.query.text': 'replace into orders values (?)',
    });
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('are children of the work that sends them, even if they wait for a connection', async () => {
    const runWork = (name: string): Promise<WorkRecord> =>
      withRecord({ name }, async (record) => {
        await pool.query('select sleep(0.01)');
        await pool.execute('select count(*) from orders');
        return record;
      });
    const parents = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(runWork));
    for (const parent of parents) {
      const children = calls.ended.filter(({ parentSpanId1 }) => parentSpanId1 === parent.spanId1);
      expect(children.map(({ name }) => name)).toEqual(['SELECT', 'SELECT orders']);
    }
  });

  test('that a callback sends are children of the work that sent the first', async () => {
    const connection = mysql.createConnection({ host: '127.0.0.1', port: server.port, user: 'root', database: 'test' });
    await new Promise((resolve) => connection.query('select 0', resolve));
    const runWork = (name: string): Promise<WorkRecord> =>
      withRecord(
        { name },
        (record) =>
          new Promise((resolve) => {
            const last = (): void => void connection.query('select 3', () => resolve(record));
            connection.query('select 1', () => connection.execute('select 2', last));
          }),
      );
    const parents = await Promise.all(['a', 'b', 'c'].map(runWork));
    const counts = parents.map(({ spanId1 }) => calls.ended.filter((call) => call.parentSpanId1 === spanId1).length);
    expect(counts).toEqual([3, 3, 3]);
    await new Promise((resolve) => connection.end(resolve));
  });

  test('that fail have the code as their error, and the caller gets the error', async () => {
    await expect(pool.query(`select * from nowhere where a = '${SECRET}'`)).rejects.toThrow('nowhere');
    await pool.query('insert ignore into orders values (1, ?)', ['x']);
    await expect(pool.execute('insert into orders values (?, ?)', [1, SECRET])).rejects.toThrow('Duplicate');
    expect(calls.ended.map(({ errorType }) => errorType)).toEqual(['ER_NO_SUCH_TABLE', '', 'ER_DUP_ENTRY']);
    expect(calls.ended.map(({ attributes }) => attributes?.['db.response.status_code'])).toEqual([
      '1146',
      undefined,
      '1062',
    ]);
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('with callbacks and as streams are each recorded once', async () => {
    const connection = mysql.createConnection({ host: '127.0.0.1', port: server.port, user: 'root', database: 'test' });
    await new Promise((resolve) => connection.query('select 1 as n', resolve));
    const rows: unknown[] = [];
    for await (const row of connection.query('select 2 as n').stream()) rows.push(row);
    expect(rows).toEqual([{ n: 2 }]);
    await new Promise((resolve) => connection.end(resolve));
    expect(calls.names()).toEqual(['SELECT', 'SELECT']);
  });
});
