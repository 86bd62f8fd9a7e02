/** The README's recipes for work that is not HTTP, between processes of their own, a real Redis and a Kafka broker. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTestServer } from '../../scripts/test-servers.mjs';
import { eventually, type Program, start } from '../harness/process.js';
import { freePort, type LogLine } from '../harness/service.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const isMissing = spawnSync('redis-server', ['--version']).error !== undefined;

if (isMissing) {
  test('redis-server is not installed: the recipe for BullMQ does not run', ({ skip }) => {
    if (process.env.PORTHOLE_REQUIRE_SERVERS === '1') expect.fail('PORTHOLE_REQUIRE_SERVERS=1 asks for redis-server');
    skip('redis-server is not installed');
  });
}

function program(source: string, env: Readonly<Record<string, string>> = {}): Program {
  return start(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: ROOT,
    env: { PORTHOLE_CONTROL: 'off', PORTHOLE_ADMIN_PORT: 'off', ...env },
  });
}

function linesOf({ stdout }: Program): readonly LogLine[] {
  const complete = stdout().split('\n').slice(0, -1);
  return complete.map((line) => JSON.parse(line) as LogLine);
}

describe.skipIf(isMissing)('BullMQ', () => {
  let redis: ChildProcess;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-bullmq-'));
    const args = ['--port', '0', '--unixsocket', join(folder, 'redis'), '--save', '', '--dir', folder];
    redis = spawn('redis-server', args, { stdio: 'ignore' });
  });
  afterAll(() => {
    redis.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  test('a job is a child of the work that added it, in another process', async () => {
    const connection = `{ path: ${JSON.stringify(join(folder, 'redis'))}, maxRetriesPerRequest: null }`;
    const worker = program(`
      import { Worker } from 'bullmq';
      import { startPorthole } from '@porthole/sdk';
      const { logger, withRecord, onShutdown } = startPorthole({ service: 'mailer' });
      const worker = new Worker('mail', (job) =>
        withRecord({ kind: 'consumer', name: 'process mail', carrier: job.data.trace ?? {} }, async () => {
          logger.info({ to: job.data.to }, 'sending');
          if (job.data.to === 'nobody') throw new RangeError('no such address');
        }), { connection: ${connection} });
      onShutdown('worker', () => worker.close());
    `);
    const producer = program(`
      import { Queue } from 'bullmq';
      import { run } from '@porthole/sdk/run';
      import { porthole } from '@porthole/sdk';
      run({ service: 'orders', mode: 'job', main: async () => {
        const { withRecord } = porthole();
        const queue = new Queue('mail', { connection: ${connection} });
        for (const to of ['ann', 'nobody']) {
          const trace = {};
          await withRecord({ kind: 'producer', name: 'add mail', carrier: trace }, () => queue.add('mail', { to, trace }));
        }
        await queue.close();
      } });
    `);
    expect(await producer.outcome).toMatchObject({ code: 0, stderr: '' });
    const processed = await eventually('two processed jobs', () => {
      const lines = linesOf(worker).filter(({ message }) => message === 'process mail');
      return lines.length === 2 ? lines : undefined;
    });
    worker.child.kill('SIGTERM');
    expect(await worker.outcome).toMatchObject({ code: 0, stderr: '' });

    const [whole] = linesOf(producer).filter(({ message }) => message === 'orders');
    const added = linesOf(producer).filter(({ message }) => message === 'add mail');
    expect(added).toHaveLength(2);
    // The job of the producer, what it adds, and what becomes of it are one trace.
    for (const line of [...added, ...processed]) expect(line.trace_id).toBe(whole?.trace_id);
    expect(new Set([...added, ...processed].map(({ span_id }) => span_id)).size).toBe(4);
    expect(processed.map(({ level }) => level)).toEqual(['info', 'error']);
    expect(processed[1]).toMatchObject({ 'exception.type': 'RangeError' });
    const sending = linesOf(worker).filter(({ message }) => message === 'sending');
    expect(sending.map(({ span_id }) => span_id)).toEqual(processed.map(({ span_id }) => span_id));
  });
});

const broker = findTestServer('kafka');

if (broker === undefined) {
  test('the Kafka broker (`node scripts/test-servers.mjs`) is not there: the recipe for kafkajs does not run', ({
    skip,
  }) => {
    if (process.env.PORTHOLE_REQUIRE_SERVERS === '1')
      expect.fail('PORTHOLE_REQUIRE_SERVERS=1 asks for the Kafka broker');
    skip('the Kafka broker is not there');
  });
}

describe.skipIf(broker === undefined)('kafkajs', () => {
  let kafka: ChildProcess;
  let brokers: string;
  beforeAll(async () => {
    const port = await freePort();
    brokers = JSON.stringify([`127.0.0.1:${port}`]);
    kafka = spawn(broker as string, [String(port), 'orders'], { stdio: ['pipe', 'ignore', 'inherit'] });
  });
  afterAll(() => kafka.kill('SIGTERM'));

  test('a message is a child of the work that sent it, in another process', async () => {
    const client = (name: string): string =>
      `new Kafka({ clientId: '${name}', brokers: ${brokers}, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } })`;
    const consumer = program(`
      import kafkajs from 'kafkajs';
      import { startPorthole } from '@porthole/sdk';
      const { Kafka, logLevel } = kafkajs;
      const { logger, withRecord, onShutdown } = startPorthole({ service: 'shipping' });
      const consumer = ${client('shipping')}.consumer({ groupId: 'shipping' });
      await consumer.connect();
      await consumer.subscribe({ topics: ['orders'], fromBeginning: true });
      await consumer.run({
        eachMessage: ({ topic, message }) =>
          withRecord({ kind: 'consumer', name: 'process ' + topic, carrier: message.headers }, async () => {
            logger.info({ order: String(message.value) }, 'shipping');
          }),
      });
      onShutdown('kafka', () => consumer.disconnect());
    `);
    const producer = program(`
      import kafkajs from 'kafkajs';
      import { run } from '@porthole/sdk/run';
      import { porthole } from '@porthole/sdk';
      const { Kafka, logLevel } = kafkajs;
      run({ service: 'orders', mode: 'job', main: async () => {
        const { withRecord } = porthole();
        const producer = ${client('orders')}.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
        await producer.connect();
        for (const value of ['4711', '4712']) {
          const headers = {};
          await withRecord({ kind: 'producer', name: 'send orders', carrier: headers }, () =>
            producer.send({ topic: 'orders', messages: [{ value, headers }] }),
          );
        }
        await producer.disconnect();
      } });
    `);
    expect(await producer.outcome).toMatchObject({ code: 0, stderr: '' });
    const processed = await eventually('two processed messages', () => {
      const lines = linesOf(consumer).filter(({ message }) => message === 'process orders');
      return lines.length === 2 ? lines : undefined;
    });
    consumer.child.kill('SIGTERM');
    expect(await consumer.outcome).toMatchObject({ code: 0, stderr: '' });

    const sent = linesOf(producer).filter(({ message }) => message === 'send orders');
    expect(sent).toHaveLength(2);
    for (const line of processed) expect(line.trace_id).toBe(sent[0]?.trace_id);
    expect(new Set([...sent, ...processed].map(({ span_id }) => span_id)).size).toBe(4);
    const shipping = linesOf(consumer).filter(({ message }) => message === 'shipping');
    expect(shipping.map(({ span_id }) => span_id)).toEqual(processed.map(({ span_id }) => span_id));
  });
});

test('a cron loop has a trace of its own each time, and goes on after an error', async () => {
  const service = program(`
    import { startPorthole } from '@porthole/sdk';
    const { logger, withRecord } = startPorthole({ service: 'cleaner' });
    let runs = 0;
    const cleanUp = async () => {
      logger.info('cleaning');
      if (++runs === 2) throw new Error('locked');
    };
    setInterval(() => withRecord({ name: 'clean up' }, cleanUp).catch(() => {}), 10);
  `);
  const lines = await eventually('three runs', () => {
    const done = linesOf(service).filter(({ message }) => message === 'clean up');
    return done.length >= 3 ? done : undefined;
  });
  service.child.kill('SIGTERM');
  expect(await service.outcome).toMatchObject({ code: 0, stderr: '' });
  expect(new Set(lines.map(({ trace_id }) => trace_id)).size).toBe(lines.length);
  expect(lines.slice(0, 3).map(({ level }) => level)).toEqual(['info', 'error', 'info']);
  const cleaning = linesOf(service).filter(({ message }) => message === 'cleaning');
  expect(cleaning[0]?.span_id).toBe(lines[0]?.span_id);
});
