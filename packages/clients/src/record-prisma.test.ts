import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { internalErrors, type WorkRecord, withRecord } from '@porthole/core/internal';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordPg, recordPrisma } from './index.js';
import { type DatabaseServer, findPostgres, startPostgres } from './testing/database-server.js';
import { loadPrisma, type TestPrismaClient } from './testing/prisma-client.js';
import { type RecordedCalls, recordCalls } from './testing/recorded-calls.js';
import { skipWithoutServer } from './testing/required-server.js';

const bin = findPostgres();
const TYPED = fileURLToPath(new URL('../../../test/prisma/tsconfig.json', import.meta.url));

if (bin === undefined) skipWithoutServer('PostgreSQL (Debian package postgresql)');

describe.skipIf(bin === undefined)('the operations of Prisma', () => {
  const SECRET = 's3cr3t-canary';
  const loaded = bin === undefined ? undefined : loadPrisma();
  let server: DatabaseServer;
  let pool: pg.Pool;
  let plain: TestPrismaClient;
  let prisma: TestPrismaClient;
  let calls: RecordedCalls;

  beforeAll(async () => {
    server = await startPostgres(bin as string);
  }, 60_000);
  afterAll(() => server?.close());
  beforeEach(async () => {
    const { createPool, createClient } = loaded as NonNullable<typeof loaded>;
    pool = createPool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: 2 });
    plain = createClient(pool);
    prisma = plain.$extends(
      recordPrisma({ system: 'postgresql', namespace: 'shop', serverAddress: 'orders-db', serverPort: 5432 }),
    );
    await plain.$executeRawUnsafe('create table if not exists "Order" (id int primary key, name text)');
    await plain.$executeRawUnsafe('truncate "Order"');
    calls = recordCalls();
  });
  afterEach(async () => {
    calls.close();
    await plain.$disconnect();
    await pool.end().catch(() => {});
    expect(internalErrors().get('clients')).toBeUndefined();
  });

  test('become client records by the conventions, without arguments', async () => {
    await prisma.order.create({ data: { id: 1, name: SECRET } });
    expect(await prisma.order.findMany({ where: { name: SECRET } })).toEqual([{ id: 1, name: SECRET }]);
    expect(await prisma.$queryRaw`select name from "Order" where name = ${SECRET}`).toEqual([{ name: SECRET }]);

    expect(calls.names()).toEqual(['create Order', 'findMany Order', '$queryRaw']);
    expect(calls.ended[0]).toMatchObject({
      kind: 'client',
      serverAddress: 'orders-db',
      serverPort: 5432,
      errorType: '',
    });
    expect(calls.ended[0]?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'db.operation.name': 'create',
      'db.collection.name': 'Order',
    });
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('are children of the calling work, even if more run at once than the pool has connections', async () => {
    const runWork = (name: string): Promise<WorkRecord> =>
      withRecord({ name }, async (record) => {
        await prisma.order.count();
        await prisma.order.findUnique({ where: { id: 1 } });
        return record;
      });
    const parents = await Promise.all(Array.from({ length: 20 }, (_, index) => runWork(`work ${index}`)));
    for (const parent of parents) {
      const children = calls.ended.filter(({ parentSpanId1 }) => parentSpanId1 === parent.spanId1);
      expect(children.map(({ name }) => name)).toEqual(['count Order', 'findUnique Order']);
    }
  });

  test('that fail have Prisma’s code as their error, and the caller gets the error', async () => {
    await prisma.order.create({ data: { id: 1, name: SECRET } });
    await expect(prisma.order.create({ data: { id: 1, name: SECRET } })).rejects.toMatchObject({ code: 'P2002' });
    await expect(prisma.order.create({ data: { id: SECRET } })).rejects.toThrow(SECRET);
    expect(calls.ended.map(({ errorType }) => errorType)).toEqual(['', 'P2002', 'PrismaClientValidationError']);
    expect(JSON.stringify(calls.ended)).not.toContain(SECRET);
  });

  test('in transactions are committed or rolled back together', async () => {
    const create = (id: number) => ({ data: { id, name: 'x' } });
    await prisma.$transaction([prisma.order.create(create(1)), prisma.order.create(create(2))]);
    await expect(
      prisma.$transaction([prisma.order.create(create(3)), prisma.order.create(create(1))]),
    ).rejects.toMatchObject({ code: 'P2002' });
    await expect(
      prisma.$transaction(async (transaction) => {
        await transaction.order.create(create(4));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await plain.order.count()).toBe(2);
    expect(calls.names()).toEqual(Array(5).fill('create Order'));
  });

  test('keep their types', () => {
    const { stdout, status } = spawnSync('npx', ['tsc', '--project', TYPED], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 60_000);

  test('have the statements of a recorded pool below them', async () => {
    const { createPool, createClient } = loaded as NonNullable<typeof loaded>;
    const recorded = recordPg(createPool({ host: '127.0.0.1', port: server.port, user: 'postgres', max: 1 }));
    const client = createClient(recorded);
    await client.$extends(recordPrisma({ system: 'postgresql' })).order.count();
    await client.$disconnect();
    await recorded.end().catch(() => {});
    const operation = calls.ended.find(({ name }) => name === 'count Order');
    const statement = calls.ended.find(({ attributes }) => attributes?.['db.operation.name'] === 'SELECT');
    expect(statement?.parentSpanId1).toBe(operation?.spanId1);
  });
});
