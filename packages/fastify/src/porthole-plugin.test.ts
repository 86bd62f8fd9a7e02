import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { addObserver, runInContext, WorkRecord } from '@porthole/core/internal';
import { instrumentFastify, instrumentInbound } from '@porthole/http';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { afterAll, describe, expect, test } from 'vitest';
import { portholePlugin } from './porthole-plugin.js';

const inbound = instrumentInbound();
afterAll(() => inbound.close());

async function service(...plugins: readonly (typeof portholePlugin)[]): Promise<FastifyInstance> {
  const app = fastify();
  for (const plugin of plugins) await app.register(plugin);
  app.get('/orders/:id', async () => ({ ok: true }));
  app.get('/broken', async () => {
    throw new Error('out of stock');
  });
  app.get('/quiet', { config: { porthole: { record: false } } }, async () => ({ ok: true }));
  app.get('/described', { config: { porthole: { attributes: { 'app.area': 'sales' } } } }, async () => ({ ok: true }));
  await app.register(
    async (child) => {
      child.addHook('onRequest', async (_request, reply) => reply.code(401).send());
      child.get('/secret/:name', async () => 'never');
    },
    { prefix: '/admin' },
  );
  return app;
}

/** Requests the paths one after the other. Returns the records that have ended. */
async function recordsOf(app: FastifyInstance, ...paths: readonly string[]): Promise<readonly WorkRecord[]> {
  const ended: WorkRecord[] = [];
  const unobserve = addObserver({ component: 'test', end: (record) => ended.push(record) });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  for (const path of paths) {
    const [response] = await once(get({ port, host: '127.0.0.1', path, agent: false }), 'response');
    response.resume();
    await once(response, 'end');
  }
  await app.close();
  unobserve();
  return ended;
}

/** The output of a logger: adds the message of each line to `lines`. */
function messagesInto(lines: string[]): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)).msg);
      done();
    },
  });
}

describe('portholePlugin', () => {
  test('puts the template of the route on the record, even if a later hook rejects the request', async () => {
    const records = await recordsOf(
      await service(portholePlugin),
      '/orders/4711',
      '/admin/secret/x',
      '/no/such/page',
      '/broken',
    );
    expect(records.map(({ route, status }) => [route, status])).toEqual([
      ['/orders/:id', 200],
      ['/admin/secret/:name', 401],
      ['', 404],
      ['/broken', 500],
    ]);
    expect(records[3]?.error).toMatchObject({ message: 'out of stock' });
  });

  test('works once, even if the application has it already', async () => {
    const instrumentation = instrumentFastify({ recordLines: true });
    const app = await service(portholePlugin, portholePlugin);
    instrumentation.close();
    const [record] = await recordsOf(app, '/described');
    expect(record).toMatchObject({ route: '/described', attributes: { 'app.area': 'sales' } });
  });

  test('leaves out requests and adds attributes by the config of the route', async () => {
    const records = await recordsOf(await service(portholePlugin), '/quiet', '/described');
    expect(records.map(({ route, attributes }) => [route, attributes])).toEqual([
      ['/described', { 'app.area': 'sales' }],
    ]);
  });

  test('knows the routes of HTTP/2', async () => {
    const app = fastify({ http2: true });
    await app.register(portholePlugin);
    app.get('/orders/:id', async () => ({ ok: true }));
    const ended: WorkRecord[] = [];
    const unobserve = addObserver({ component: 'test', end: (record) => ended.push(record) });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': '/orders/4711' });
    stream.resume();
    await once(stream, 'end');
    session.close();
    await app.close();
    unobserve();
    expect(ended).toMatchObject([{ route: '/orders/:id', status: 200, protocolVersion: '2' }]);
  });

  test('does not change work that calls a route by inject', async () => {
    const job = new WorkRecord('internal', 'job', undefined);
    const app = await service(portholePlugin);
    const response = await runInContext(job, async () => await app.inject({ url: '/orders/1' }));
    expect(response.json()).toEqual({ ok: true });
    expect(job).toMatchObject({ route: '', error: undefined });
  });

  test("mutes Fastify's own lines while records have lines, without a deprecation warning", async () => {
    const lines: string[] = [];
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const app = fastify({ logger: { stream: messagesInto(lines) } });
    await app.register(portholePlugin);
    app.get('/', async (request) => {
      request.log.info('mine');
      throw new Error('out of stock');
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    lines.splice(0);
    const { port } = app.server.address() as AddressInfo;
    const linesOfOne = async (): Promise<readonly string[]> => {
      const [response] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
      await once(response.resume(), 'end');
      await new Promise(setImmediate);
      return lines.splice(0);
    };

    const fastifysOwn = ['incoming request', 'mine', 'out of stock', 'request completed'];
    expect(await linesOfOne()).toEqual(fastifysOwn);
    const instrumentation = instrumentFastify({ recordLines: true });
    expect(await linesOfOne()).toEqual(['mine']);
    const without = instrumentFastify({ recordLines: false });
    without.close();
    expect(await linesOfOne()).toEqual(['mine']);
    // A request without a record has no line that would show the error.
    await app.inject('/');
    expect(lines.splice(0)).toEqual(['mine', 'out of stock']);
    instrumentation.close();
    instrumentation.close();
    expect(await linesOfOne()).toEqual(fastifysOwn);

    await app.close();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('keeps lines off that the application has turned off', async () => {
    const lines: string[] = [];
    const app = fastify({
      logger: { stream: messagesInto(lines) },
      logController: new LogController({ disableRequestLogging: true }),
    });
    await app.register(portholePlugin);
    app.get('/', async () => 'ok');
    await app.inject('/');
    await new Promise(setImmediate);
    expect(lines).toEqual([]);
  });

  test("leaves the application's own log controller alone", async () => {
    class OwnLines extends LogController {}
    const logController = new OwnLines();
    const app = fastify({ logController });
    await app.register(portholePlugin);
    const instrumentation = instrumentFastify({ recordLines: true });
    expect(logController.isLogDisabled({} as never)).toBe(false);
    instrumentation.close();
  });
});
