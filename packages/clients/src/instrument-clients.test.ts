import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addObserver, internalErrors, type WorkRecord, withRecord } from '@porthole/core/internal';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instrumentClients } from './index.js';
import { freePort } from './testing/database-server.js';
import { skipWithoutServer } from './testing/required-server.js';

const isMissing = spawnSync('redis-server', ['--version']).error !== undefined;

if (isMissing) skipWithoutServer('redis-server (Debian package redis-server)');

describe.skipIf(isMissing)('the commands of ioredis', () => {
  const SECRET = 's3cr3t-canary';
  let folder: string;
  let server: ChildProcess;
  let port: number;
  let redis: Redis;
  let instrumentation: { close(): void };
  let removeObserver: () => void;
  let started: WorkRecord[];
  let ended: WorkRecord[];

  const startServer = async (): Promise<ChildProcess> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of child.stdout) {
      output += chunk;
      if (output.includes('Ready to accept connections')) return child;
    }
    throw new Error(`redis-server did not start: ${output}`);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-redis-'));
    port = await freePort();
    server = await startServer();
  });
  afterAll(async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => null });
    redis.on('error', () => {});
    await once(redis, 'ready');
    await redis.flushall();
    started = [];
    ended = [];
    instrumentation = instrumentClients();
    removeObserver = addObserver({
      component: 'test',
      start: (record) => void started.push(record),
      end: (record) => void ended.push(record),
    });
  });
  afterEach(() => {
    instrumentation.close();
    removeObserver();
    redis.disconnect();
  });

  const commands = (): WorkRecord[] => ended.filter((record) => record.kind === 'client');

  test('become client records by the conventions of Redis, without HTTP fields', async () => {
    await redis.set('a', '1');
    await redis.get('a');

    expect(commands().map(({ name }) => name)).toEqual(['SET', 'GET']);
    expect(commands()[1]).toMatchObject({ kind: 'client', method: '', serverAddress: '127.0.0.1', serverPort: port });
    expect(commands()[1]?.attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'GET',
      'db.namespace': '0',
    });
    expect(commands()[1]?.errorType).toBe('');
  });

  test('are children of the work that sends them, even after an await', async () => {
    const parents = await Promise.all(
      ['one', 'two'].map((name) =>
        withRecord({ name }, async (record) => {
          await redis.get(name);
          await redis.incr(name);
          return record;
        }),
      ),
    );

    for (const parent of parents) {
      const children = commands().filter(
        ({ traceId0, parentSpanId1 }) => traceId0 === parent.traceId0 && parentSpanId1 === parent.spanId1,
      );
      expect(children.map(({ name }) => name)).toEqual(['GET', 'INCR']);
    }
  });

  test('end once each, even in transactions and pipelines', async () => {
    await redis.multi().set('b', '1').incr('b').exec();
    await redis.pipeline().get('b').get('c').exec();

    expect(commands().map(({ name }) => name)).toEqual(['MULTI', 'SET', 'INCR', 'EXEC', 'GET', 'GET']);
    expect(new Set(commands()).size).toBe(6);
    expect(started.length).toBe(6);
  });

  test('that fail have the prefix of the reply as their error, and the caller gets the error', async () => {
    await redis.set('text', 'x');
    await expect(redis.lpush('text', 'y')).rejects.toThrow('WRONGTYPE');

    const failed = commands().at(-1);
    expect(failed).toMatchObject({ name: 'LPUSH', errorType: 'WRONGTYPE' });
    expect(failed?.attributes?.['db.response.status_code']).toBe('WRONGTYPE');
  });

  test('leave no argument in the record, not even in an error message', async () => {
    await redis.set(SECRET, SECRET);
    await redis.get(SECRET);
    await expect(redis.call('NOSUCHCOMMAND', SECRET)).rejects.toThrow(SECRET);
    await expect(redis.eval(`return redis.error_reply('${SECRET}')`, 0)).rejects.toThrow();

    expect(commands().length).toBe(4);
    for (const record of commands()) {
      expect(record.error).toBeUndefined();
      expect(JSON.stringify(record)).not.toContain(SECRET);
    }
    expect(commands().map(({ errorType }) => errorType)).toEqual(['', '', 'ERR', expect.stringMatching(/^[A-Z]/)]);
  });

  test('are not recorded after close', async () => {
    instrumentation.close();
    await redis.get('a');
    expect(commands()).toEqual([]);
    expect(internalErrors().get('clients')).toBeUndefined();
  });

  test('that are in flight at close end there, and only once', async () => {
    const pending = redis.blpop('later', 0);
    instrumentation.close();
    expect(commands().filter(({ name }) => name === 'BLPOP').length).toBe(1);
    const other = redis.duplicate();
    await other.rpush('later', '1');
    await pending;
    other.disconnect();
    expect(commands().filter(({ name }) => name === 'BLPOP').length).toBe(1);
  });

  test('of node-redis are recorded in the same way', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, database: 0 });
    await client.connect();
    ended.length = 0;
    const parent = await withRecord({ name: 'job' }, async (record) => {
      await client.set(SECRET, SECRET);
      await client.get(SECRET);
      await client.multi().incr('n').incr('n').exec();
      await expect(client.lPush(SECRET, 'y')).rejects.toThrow('WRONGTYPE');
      await expect(client.sendCommand(['NOSUCHCOMMAND', SECRET])).rejects.toThrow(SECRET);
      return record;
    });
    await client.close();

    expect(commands().map(({ name, errorType }) => [name, errorType])).toEqual([
      ['SET', ''],
      ['GET', ''],
      ['MULTI', ''],
      ['LPUSH', 'WRONGTYPE'],
      ['NOSUCHCOMMAND', 'ERR'],
    ]);
    expect(commands()[2]?.attributes?.['db.operation.batch.size']).toBe(2);
    for (const record of commands()) {
      expect(record).toMatchObject({ serverPort: port, parentSpanId1: parent.spanId1 });
      expect(record.attributes).toMatchObject({ 'db.system.name': 'redis', 'db.namespace': '0' });
    }
    expect(JSON.stringify(commands())).not.toContain(SECRET);
  });

  test('that lose their connection end with an error', async () => {
    const pending = redis.blpop('never', 0);
    const refused = expect(pending).rejects.toThrow();
    server.kill('SIGKILL');
    await once(server, 'exit');
    await refused;

    expect(commands().length).toBe(1);
    expect(commands()[0]).toMatchObject({ name: 'BLPOP' });
    expect(commands()[0]?.errorType).not.toBe('');
  });
});
