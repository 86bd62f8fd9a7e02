/** The oldest versions in the README are recorded like the newest. */
import { internalErrors } from '@porthole/core/internal';
import { Redis } from 'ioredis-oldest';
import mysql from 'mysql2-oldest/promise';
import { createClient } from 'redis-oldest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instrumentClients } from './index.js';
import { type DatabaseServer, hasMariadb, hasRedis, startMariadb, startRedis } from './testing/database-server.js';
import { type RecordedCalls, recordCalls } from './testing/recorded-calls.js';
import { skipWithoutServer } from './testing/required-server.js';

if (!hasMariadb()) skipWithoutServer('MariaDB (Debian package mariadb-server)');
if (!hasRedis()) skipWithoutServer('redis-server (Debian package redis-server)');

let instrumentation: { close(): void };
let calls: RecordedCalls;

beforeEach(() => {
  instrumentation = instrumentClients();
  calls = recordCalls();
});
afterEach(() => {
  calls.close();
  instrumentation.close();
  expect(internalErrors().get('clients')).toBeUndefined();
});

/** The names and errors of the calls, without the clients' own calls at connection. */
function seen(): readonly (readonly string[])[] {
  return calls.ended
    .filter(({ name }) => !['CLIENT', 'INFO'].includes(name))
    .map(({ name, serverPort, errorType }) => [name, String(serverPort), errorType]);
}

describe.skipIf(!hasRedis())('commands', () => {
  let server: DatabaseServer;
  let port: string;

  beforeAll(async () => {
    server = await startRedis();
    port = String(server.port);
  });
  afterAll(() => server?.close());

  test('of ioredis 5.11', async () => {
    const redis = new Redis(server.port, '127.0.0.1');
    await redis.set('ioredis', '1');
    await expect(redis.lpush('ioredis', '2')).rejects.toThrow('WRONGTYPE');
    redis.disconnect();
    expect(seen()).toEqual([
      ['SET', port, ''],
      ['LPUSH', port, 'WRONGTYPE'],
    ]);
  });

  test('of redis 5.12', async () => {
    const redis = createClient({ url: `redis://127.0.0.1:${port}` });
    await redis.connect();
    await redis.set('redis', '1');
    await expect(redis.lPush('redis', '2')).rejects.toThrow('WRONGTYPE');
    await redis.multi().set('redis', '3').get('redis').exec();
    await redis.close();
    expect(seen()).toEqual([
      ['SET', port, ''],
      ['LPUSH', port, 'WRONGTYPE'],
      ['MULTI', port, ''],
    ]);
  });
});

describe.skipIf(!hasMariadb())('statements', () => {
  let server: DatabaseServer;

  beforeAll(async () => {
    server = await startMariadb();
  }, 60_000);
  afterAll(() => server?.close());

  test('of mysql2 3.20, also explicitly prepared ones', async () => {
    const pool = mysql.createPool({ host: '127.0.0.1', port: server.port, user: 'root', database: 'test' });
    await pool.query('select 1 from dual');
    await expect(pool.execute('select * from nowhere')).rejects.toThrow('nowhere');
    const connection = await pool.getConnection();
    const statement = await connection.prepare('select ? from dual');
    await statement.execute([1]);
    connection.release();
    await pool.end();
    const port = String(server.port);
    expect(seen()).toEqual([
      ['SELECT dual', port, ''],
      ['SELECT nowhere', port, 'ER_NO_SUCH_TABLE'],
      ['SELECT dual', port, ''],
    ]);
  });
});
