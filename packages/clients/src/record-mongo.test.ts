import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { internalErrors, type WorkRecord, withRecord } from '@porthole/core/internal';
import { MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findTestServer } from '../../../scripts/test-servers.mjs';
import { recordMongo } from './index.js';
import { type DatabaseServer, startMongodb } from './testing/database-server.js';
import { type RecordedCalls, recordCalls } from './testing/recorded-calls.js';
import { skipWithoutServer } from './testing/required-server.js';

const program = findTestServer('mongodb');

if (program === undefined) skipWithoutServer('the MongoDB server (`node scripts/test-servers.mjs`)');

describe.skipIf(program === undefined)('the commands of mongodb', () => {
  const SECRET = 's3cr3t-canary';
  let server: DatabaseServer;
  let client: MongoClient;
  let calls: RecordedCalls;

  const orders = () => client.db('shop').collection<{ _id: number; name: string }>('orders');
  const named = (...names: readonly string[]): readonly WorkRecord[] =>
    calls.ended.filter(({ name }) => names.includes(name));

  beforeAll(async () => {
    server = await startMongodb(program as string);
  }, 60_000);
  afterAll(() => server?.close());
  beforeEach(async () => {
    client = recordMongo(new MongoClient(`mongodb://127.0.0.1:${server.port}`, { maxPoolSize: 2 }));
    await orders().deleteMany({});
    calls = recordCalls();
  });
  afterEach(async () => {
    calls.close();
    await client.close();
    expect(internalErrors().get('clients')).toBeUndefined();
  });

  test('become client records by the conventions, without filters and documents', async () => {
    await orders().insertOne({ _id: 4711, name: SECRET });
    expect(await orders().find({ name: SECRET }).toArray()).toEqual([{ _id: 4711, name: SECRET }]);
    await client.db('shop').command({ ping: 1 });

    expect(calls.names()).toEqual(['insert orders', 'find orders', 'ping']);
    expect(calls.ended[0]).toMatchObject({
      kind: 'client',
      serverAddress: '127.0.0.1',
      serverPort: server.port,
      errorType: '',
    });
    expect(calls.ended[0]?.attributes).toEqual({
      'db.system.name': 'mongodb',
      'db.namespace': 'shop',
      'db.operation.name': 'insert',
      'db.collection.name': 'orders',
    });
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('that fetch more of a cursor have its collection', async () => {
    await orders().insertMany([1, 2, 3, 4, 5].map((_id) => ({ _id, name: 'x' })));
    const found = await orders().find({}, { batchSize: 2 }).toArray();
    expect(found).toHaveLength(5);
    expect(named('getMore orders').length).toBeGreaterThan(0);
  });

  test('without a collection are named after the command, not after a user or a role', async () => {
    const shop = client.db('shop');
    const commands = [{ usersInfo: SECRET }, { dropUser: SECRET }, { grantRolesToUser: SECRET, roles: [] }];
    for (const command of commands) await shop.command(command).catch(() => {});
    expect(calls.names()).toEqual(['usersInfo', 'dropUser', 'grantRolesToUser']);
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('are children of the work that sends them, even if they wait for a connection', async () => {
    const runWork = (name: string): Promise<WorkRecord> =>
      withRecord({ name }, async (record) => {
        await orders().countDocuments({});
        await orders().findOne({ _id: 1 });
        return record;
      });
    const parents = await Promise.all(Array.from({ length: 20 }, (_, index) => runWork(`work ${index}`)));
    for (const parent of parents) {
      const children = calls.ended.filter(({ parentSpanId1 }) => parentSpanId1 === parent.spanId1);
      expect(children.map(({ name }) => name)).toEqual(['aggregate orders', 'find orders']);
    }
  });

  test('that the server rejects have its code as their error, and the caller gets the error', async () => {
    await orders().insertOne({ _id: 1, name: SECRET });
    await expect(orders().insertOne({ _id: 1, name: SECRET })).rejects.toThrow(MongoServerError);
    await expect(client.db('shop').command({ nosuch: 1 })).rejects.toThrow(MongoServerError);

    const [stored, refused, unknown] = calls.ended;
    expect(stored?.errorType).toBe('');
    expect(refused?.errorType).toBe('11000');
    expect(refused?.attributes?.['db.response.status_code']).toBe('11000');
    expect(unknown?.errorType).toBe('59');
  });

  test("that lose their connection have the caller's error", async () => {
    const route = await startRoute(server.port);
    const other = recordMongo(new MongoClient(`mongodb://127.0.0.1:${route.port}`, { retryReads: false }));
    await other.connect();
    const asked = other.db('shop').command({ ping: 1 });
    route.cut();
    await expect(asked).rejects.toThrow(MongoNetworkError);
    await other.close();
    expect(named('ping').map(({ errorType }) => errorType)).toEqual(['MongoNetworkError']);
  });

  test('of a client that is recorded twice are recorded once', async () => {
    recordMongo(client);
    await client.db('shop').command({ ping: 1 });
    expect(calls.names()).toEqual(['ping']);
  });
});

/** A proxy to the server that can be cut: then it passes nothing, and connections end. */
async function startRoute(target: number): Promise<{ readonly port: number; cut(): void }> {
  const sockets: Socket[] = [];
  const route = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.push(from);
      from.on('error', () => {}).pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(route, 'listening');
  return {
    port: (route.address() as AddressInfo).port,
    cut: () => {
      route.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
