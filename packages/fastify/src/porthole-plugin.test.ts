import { Writable } from 'node:stream';
import { runInScope, WorkRecord } from '@porthole/core/internal';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { describe, expect, test } from 'vitest';
import { portholePlugin } from './porthole-plugin.js';

async function service(): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(portholePlugin);
  app.get('/orders/:id', async () => ({ ok: true }));
  app.get('/broken', async () => {
    throw new Error('out of stock');
  });
  await app.register(
    async (child) => {
      child.addHook('onRequest', async (_request, reply) => reply.code(401).send());
      child.get('/secret/:name', async () => 'never');
    },
    { prefix: '/admin' },
  );
  return app;
}

async function recordOf(app: FastifyInstance, url: string): Promise<WorkRecord> {
  const record = new WorkRecord('server', '', undefined);
  // inject() starts when it is awaited, which has to happen inside the scope.
  await runInScope(record, async () => await app.inject({ url }));
  return record;
}

describe('portholePlugin', () => {
  test('puts the template of the route on the record, not the path', async () => {
    expect((await recordOf(await service(), '/orders/4711')).route).toBe('/orders/:id');
  });

  test('knows the route of requests that a later hook rejects, prefix included', async () => {
    expect((await recordOf(await service(), '/admin/secret/x')).route).toBe('/admin/secret/:name');
  });

  test('leaves requests without a route without one', async () => {
    expect((await recordOf(await service(), '/no/such/page')).route).toBe('');
  });

  test('puts the error of a failed request on the record', async () => {
    expect((await recordOf(await service(), '/broken')).error).toMatchObject({ message: 'out of stock' });
  });

  test('leaves work alone that calls a route by inject', async () => {
    const job = new WorkRecord('internal', 'job', undefined);
    const app = await service();
    await runInScope(job, async () => await app.inject({ url: '/broken' }));
    expect(job).toMatchObject({ route: '', error: undefined });
  });

  test('changes nothing where no unit of work is active', async () => {
    const app = await service();
    expect((await app.inject('/orders/1')).json()).toEqual({ ok: true });
  });

  test("silences Fastify's two lines a request, without a deprecation warning, and no line of the application", async () => {
    const lines: string[] = [];
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(JSON.parse(String(chunk)).msg);
        done();
      },
    });
    const app = fastify({ logger: { stream } });
    await app.register(portholePlugin);
    app.get('/', async (request) => {
      request.log.info('mine');
      return 'ok';
    });

    await app.inject('/');
    await new Promise(setImmediate);
    process.off('warning', onWarning);

    expect(lines).toEqual(['mine']);
    expect(warnings).toEqual([]);
  });

  test('leaves a log controller alone that the application has brought', async () => {
    class OwnLines extends LogController {}
    const logController = new OwnLines();
    const app = fastify({ logController });
    await app.register(portholePlugin);
    expect(logController.disableRequestLogging).toBe(false);
  });
});
