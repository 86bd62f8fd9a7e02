import { once } from 'node:events';
import { PortholeError } from '@porthole/core';
import { internalErrors, withRecord } from '@porthole/core/internal';
import mysql from 'mysql2';
import promises from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instrumentClients, recordMysql2 } from './index.js';
import { type DatabaseServer, hasMariadb, startMariadb } from './testing/database-server.js';
import { type RecordedCalls, recordCalls } from './testing/recorded-calls.js';
import { skipWithoutServer } from './testing/required-server.js';

if (!hasMariadb()) skipWithoutServer('MariaDB (Debian package mariadb-server)');

describe.skipIf(!hasMariadb())('statements that are prepared with mysql2', () => {
  const SECRET = 's3cr3t-canary';
  let server: DatabaseServer;
  let options: mysql.ConnectionOptions;
  let instrumentation: { close(): void };
  let calls: RecordedCalls;

  beforeAll(async () => {
    server = await startMariadb();
    options = { host: '127.0.0.1', port: server.port, user: 'root', database: 'test' };
    const connection = await promises.createConnection(options);
    await connection.query('create table orders (id int primary key, name varchar(40))');
    await connection.end();
  }, 60_000);
  afterAll(() => server?.close());
  beforeEach(() => {
    instrumentation = instrumentClients();
    calls = recordCalls();
  });
  afterEach(() => {
    calls.close();
    instrumentation.close();
    expect(internalErrors().get('clients')).toBeUndefined();
  });

  test('on a promise connection are recorded at each execution, without their values', async () => {
    const connection = recordMysql2(await promises.createConnection(options));
    const statement = await connection.prepare('select ? as secret, 17 as n');
    expect((await statement.execute([SECRET]))[0]).toEqual([{ secret: SECRET, n: 17 }]);
    await statement.execute(['other']);
    await statement.close();
    await connection.end();

    expect(calls.names()).toEqual(['SELECT', 'SELECT']);
    expect(calls.ended[0]).toMatchObject({ serverAddress: '127.0.0.1', serverPort: server.port, errorType: '' });
    expect(calls.ended[0]?.attributes).toEqual({
      'db.system.name': 'mysql',
      'db.namespace': 'test',
      'db.operation.name': 'SELECT',
      'db.query.summary': 'SELECT',
      'db.query.text': 'select ? as secret, ? as n',
    });
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('on connections of a pool are recorded without a call, even beside those that mysql2 publishes', async () => {
    const pool = promises.createPool({ ...options, connectionLimit: 1 });
    for (const _ of [1, 2]) {
      const connection = await pool.getConnection();
      await connection.execute('select count(*) from orders');
      const statement = await connection.prepare('select count(*) from orders');
      await statement.execute([]);
      await connection.execute('select count(*) from orders');
      connection.release();
    }
    await pool.end();
    expect(calls.names()).toEqual(Array(6).fill('SELECT orders'));
  });

  test('with callbacks are children of the preparing work, and callbacks run in its context', async () => {
    const connection = recordMysql2(mysql.createConnection(options));
    await once(connection, 'connect');
    const parent = await withRecord({ name: 'report' }, (record) => {
      return new Promise<typeof record>((resolve, reject) => {
        connection.prepare('select id from orders', (error, statement) => {
          if (error) return reject(error);
          return statement.execute([], () => statement.execute([], () => resolve(record)));
        });
      });
    });
    const children = calls.ended.filter(({ parentSpanId1 }) => parentSpanId1 === parent.spanId1);
    expect(children.map(({ name }) => name)).toEqual(['SELECT orders', 'SELECT orders']);
    connection.end();
  });

  test('that are read by their events are recorded until they end', async () => {
    const connection = recordMysql2(mysql.createConnection(options));
    const statement = await new Promise<mysql.PrepareStatementInfo>((resolve, reject) =>
      connection.prepare('select 1 as n', (error, prepared) => (error ? reject(error) : resolve(prepared))),
    );
    const rows: unknown[] = [];
    const command = statement.execute([], undefined as never) as unknown as mysql.Query;
    command.on('result', (row) => rows.push(row));
    await once(command, 'end');
    expect(rows).toEqual([{ n: 1 }]);
    expect(calls.names()).toEqual(['SELECT']);
    connection.end();
  });

  test('that fail have the code and the number of the server, and the caller gets the error', async () => {
    const connection = recordMysql2(await promises.createConnection(options));
    const statement = await connection.prepare('insert into orders values (?, ?)');
    await statement.execute([1, 'first']);
    await expect(statement.execute([1, SECRET])).rejects.toThrow('Duplicate');
    await expect(connection.prepare('select * from nowhere')).rejects.toThrow('nowhere');
    await connection.end();
    expect(calls.ended.map(({ errorType }) => errorType)).toEqual(['', 'ER_DUP_ENTRY']);
    expect(calls.ended[1]?.attributes?.['db.response.status_code']).toBe('1062');
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('recordMysql2 rejects a value that is not a connection', async () => {
    const pool = promises.createPool(options);
    for (const value of [pool, Promise.resolve({}), undefined, {}]) {
      expect(() => recordMysql2(value as never)).toThrow(PortholeError);
    }
    await pool.end();
  });
});
