import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import Router from '@koa/router';
import { Controller, Get, HttpException, type INestApplication, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import express4 from 'express4';
import { type FastifyPluginAsync, fastify } from 'fastify';
import { Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instrumentInbound } from '../inbound/inbound.js';
import { observeRecords } from '../testing/observed-records.js';
import { instrumentFastify } from './fastify-routes.js';
import { setRoute } from './set-route.js';

/** An id, which must not be in any route. */
const ID = 'canary-4711';

interface Exchange {
  readonly path: string;
  readonly method?: string;
  readonly status: number;
  readonly route: string;
}

interface Service {
  readonly server: Server;
  close(): unknown;
}

/** The requests to every framework. */
const EXCHANGES: readonly Exchange[] = [
  { path: '/', status: 200, route: '/' },
  { path: `/orders/${ID}?page=2`, status: 200, route: '/orders/:id' },
  { path: `/orders/${ID}`, method: 'HEAD', status: 200, route: '/orders/:id' },
  { path: `/orders/${ID}`, method: 'POST', status: 201, route: '/orders/:id' },
  { path: `/shops/${ID}/items/${ID}`, status: 200, route: '/shops/:shop/items/:item' },
  { path: `/broken/${ID}`, status: 500, route: '/broken/:id' },
  { path: `/nothing/${ID}`, status: 404, route: '' },
];

/** Further requests to the routers of both versions of Express. */
const EXPRESS_EXCHANGES: readonly Exchange[] = [
  { path: `/Orders/${ID}/`, status: 200, route: '/orders/:id' },
  { path: `/v1/shops/${ID}/items/${ID}`, status: 200, route: '/v1/shops/:shop/items/:item' },
  { path: `/v2/shops/${ID}/items/${ID}`, status: 200, route: '/v2/shops/:shop/items/:item' },
  { path: `/v1/shops/${ID}/`, status: 200, route: '/v1/shops/:shop' },
  { path: '/admin/status', status: 200, route: '/admin/status' },
  { path: `/either/${ID}`, status: 200, route: '/either/:id' },
  { path: `/or/${ID}`, status: 200, route: '/or/:id' },
  { path: `/numbers/4711`, status: 200, route: '/^\\/numbers\\/(\\d+)$/' },
  { path: `/mounted/4711/inside`, status: 200, route: '/^\\/mounted\\/\\d+//inside' },
  { path: `/guarded/${ID}`, status: 401, route: '' },
  { path: `/racks/items/${ID}`, status: 200, route: '/racks/items/:item' },
  { path: `/shelves/a/items/${ID}`, status: 200, route: '/shelves/:shelf/items/:item' },
  { path: `/case/${ID}`, status: 200, route: '/CASE/:id' },
  { path: `/CASE/${ID}`, status: 200, route: '/CASE/:id' },
];

const NEST_EXCHANGES: readonly Exchange[] = [
  { path: `/either/${ID}`, status: 200, route: '/either/:id' },
  { path: `/or/${ID}`, status: 200, route: '/or/:id' },
];

const inbound = instrumentInbound();
const frameworks = instrumentFastify({ recordLines: true });
afterAll(() => {
  inbound.close();
  frameworks.close();
});

describe.each<[string, () => Promise<Service>, readonly Exchange[]]>([
  [
    'Fastify 5',
    serveFastify,
    [
      { path: `/guarded/${ID}`, status: 401, route: '/guarded/:id' },
      { path: `/one/leaf/${ID}`, status: 200, route: '/one/leaf/:id' },
      { path: `/two/${ID}/leaf/${ID}`, status: 200, route: '/two/:shop/leaf/:id' },
      { path: '/two/a', status: 200, route: '/two/:shop' },
    ],
  ],
  ['Express 5', () => serve(expressApp(express as unknown as ExpressModule)), EXPRESS_EXCHANGES],
  ['Express 4', () => serve(expressApp(express4 as unknown as ExpressModule)), EXPRESS_EXCHANGES],
  [
    'Koa with @koa/router',
    () => serve(koaApp()),
    [
      { path: `/nested/${ID}/leaf`, status: 200, route: '/nested/:id/leaf' },
      { path: '/again/leaf', status: 200, route: '/again/leaf' },
      { path: '/ui', status: 200, route: '/ui' },
      { path: `/ui/queue/${ID}`, status: 200, route: '/ui/queue/:id' },
    ],
  ],
  [
    'Hono',
    () => serve(honoApp()),
    [
      { path: `/sub/${ID}`, status: 200, route: '/sub/:id' },
      { path: `/sold-out/${ID}`, status: 404, route: '/sold-out/:id' },
      { path: `/again/${ID}/${ID}`, status: 200, route: '/again/:shop/:id' },
      { path: `/either/${ID}`, status: 200, route: '/either/:id' },
      { path: `/or/${ID}`, status: 200, route: '/or/:id' },
    ],
  ],
  ['NestJS on Express', () => serveNest(new ExpressAdapter()), NEST_EXCHANGES],
  ['NestJS on Fastify', () => serveNest(new FastifyAdapter()), NEST_EXCHANGES],
  ['node:http', () => serve(plainApp), []],
])('%s', (_name, start, more) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service.close());

  test.each([...EXCHANGES, ...more])('$method $path has the route $route', async (exchange) => {
    const records = observeRecords();
    try {
      const { port } = service.server.address() as AddressInfo;
      expect(await sendRequest(port, exchange)).toBe(exchange.status);
      const [record] = await records.count(1);
      expect(record).toMatchObject({ kind: 'server', route: exchange.route, status: exchange.status });
      expect(record?.route).not.toContain(ID);
    } finally {
      records.close();
    }
  });
});

test('setRoute does nothing outside a request', () => {
  expect(() => setRoute('/orders/:id')).not.toThrow();
});

async function sendRequest(port: number, { path, method = 'GET' }: Exchange): Promise<number | undefined> {
  const outgoing = request({ port, host: '127.0.0.1', path, method, agent: false }).end();
  const [response] = await once(outgoing, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

async function serve(listener: RequestListener): Promise<Service> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, close: () => server.close() };
}

async function serveFastify(): Promise<Service> {
  const app = fastify();
  app.get('/', async () => 'ok');
  app.get('/orders/:id', async () => 'ok');
  app.post('/orders/:id', async (_request, reply) => reply.code(201).send('ok'));
  await app.register(async (shop) => shop.get('/items/:item', async () => 'ok'), { prefix: '/shops/:shop' });
  app.get('/broken/:id', async () => {
    throw new Error('out of stock');
  });
  // One plugin in two places.
  for (const prefix of ['/one', '/two/:shop']) {
    const leaf: FastifyPluginAsync = async (scope) => {
      scope.get('/leaf/:id', async () => 'ok');
      scope.get('/', async () => 'ok');
    };
    await app.register(leaf, { prefix });
  }
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (_request, reply) => reply.code(401).send());
    guarded.get('/guarded/:id', async () => 'never');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { server: app.server, close: () => app.close() };
}

/** The API of both versions, as far as it is used here. */
interface ExpressModule {
  (): ExpressApp;
  Router(options?: { mergeParams: boolean }): ExpressApp;
}
interface ExpressApp extends RequestListener {
  get(path: string | RegExp | string[], ...handlers: unknown[]): void;
  post(path: string, handler: unknown): void;
  use(...args: unknown[]): void;
}
interface Answer {
  status(code: number): Answer;
  end(body?: string): void;
}

function expressApp(module: ExpressModule): ExpressApp {
  const ok = (_request: unknown, response: Answer): void => response.end('ok');
  const app = module();
  app.use((_request: unknown, _response: unknown, next: () => void) => next());
  app.get('/', ok);
  app.get('/orders/:id', ok);
  app.post('/orders/:id', (_request: unknown, response: Answer) => response.status(201).end());
  app.get('/broken/:id', () => {
    throw new Error('out of stock');
  });
  app.get(['/either/:id', '/or/:id'], ok);
  app.get(/^\/numbers\/(\d+)$/, ok);

  // Mounted in three places, with parameters in the mount.
  const items = module.Router({ mergeParams: true });
  items.get('/items/:item', ok);
  items.get('/', ok);
  for (const prefix of ['', '/v1', '/v2']) {
    const version = module.Router();
    version.use('/shops/:shop', items);
    app.use(prefix === '' ? '/' : prefix, version);
  }
  const listed = module.Router();
  listed.get('/items/:item', ok);
  app.use(['/shelves/:shelf', '/racks'], listed);
  const upper = module.Router();
  upper.get('/:id', ok);
  app.use('/CASE', upper);
  const inside = module.Router();
  inside.get('/inside', ok);
  app.use(/^\/mounted\/\d+/, inside);

  const admin = module();
  admin.get('/status', ok);
  app.use('/admin', admin);

  app.use('/guarded', (_request: unknown, response: Answer) => response.status(401).end());
  // Express takes a function of four parameters as an error handler.
  app.use((_error: Error, _request: unknown, response: Answer, _next: unknown) => response.status(500).end());
  return app;
}

function koaApp(): RequestListener {
  const app = new Koa();
  app.silent = true;
  app.use((ctx, next) => next().finally(() => setRoute(ctx._matchedRoute)));
  const router = new Router();
  const ok = (ctx: { body: unknown }): void => {
    ctx.body = 'ok';
  };
  router.get('/', ok);
  router.get('/orders/:id', ok);
  router.post('/orders/:id', (ctx) => {
    ctx.status = 201;
    ctx.body = 'ok';
  });
  router.get('/shops/:shop/items/:item', ok);
  router.get('/broken/:id', () => {
    throw new Error('out of stock');
  });
  const nested = new Router();
  nested.get('/leaf', ok);
  router.use('/nested/:id', nested.routes());
  router.use('/again', nested.routes());
  const ui = new Router({ prefix: '/ui' });
  ui.get(['/', '/queue/:id'], ok);
  app.use(ui.routes());
  app.use(router.routes());
  return app.callback();
}

function honoApp(): RequestListener {
  const app = new Hono({ strict: false });
  app.use(async (c, next) => {
    await next();
    // Middleware is of all methods; layers after the answering handler have matched too.
    const taken = matchedRoutes(c).slice(0, c.req.routeIndex + 1);
    setRoute(taken.findLast(({ method }) => method !== 'ALL')?.path);
  });
  app.get('/', (c) => c.text('ok'));
  app.get('/orders/:id', (c) => c.text('ok'));
  app.post('/orders/:id', (c) => c.text('ok', 201));
  app.get('/shops/:shop/items/:item', (c) => c.text('ok'));
  app.get('/broken/:id', () => {
    throw new Error('out of stock');
  });
  app.onError((_error, c) => c.text('broken', 500));
  app.get('/sold-out/:id', (c) => c.notFound());
  const sub = new Hono();
  sub.get('/:id', (c) => c.text('ok'));
  app.route('/sub', sub);
  app.route('/again/:shop', sub);
  app.on('GET', ['/either/:id', '/or/:id'], (c) => c.text('ok'));
  app.get('/either/*', (c) => c.text('never'));
  return getRequestListener(app.fetch);
}

async function serveNest(adapter: ExpressAdapter | FastifyAdapter): Promise<Service> {
  class Orders {
    root(): string {
      return 'ok';
    }
    find(): string {
      return 'ok';
    }
    create(): string {
      return 'ok';
    }
    item(): string {
      return 'ok';
    }
    either(): string {
      return 'ok';
    }
    broken(): never {
      throw new HttpException('out of stock', 500);
    }
  }
  // Decorators, called as functions.
  const decorate = (decorator: MethodDecorator, name: keyof Orders): void => {
    decorator(Orders.prototype, name, Object.getOwnPropertyDescriptor(Orders.prototype, name) as PropertyDescriptor);
  };
  decorate(Get('/'), 'root');
  decorate(Get('orders/:id'), 'find');
  decorate(Post('orders/:id'), 'create');
  decorate(Get('shops/:shop/items/:item'), 'item');
  decorate(Get(['either/:id', 'or/:id']), 'either');
  decorate(Get('broken/:id'), 'broken');
  Controller()(Orders);
  class App {}
  Module({ controllers: [Orders] })(App);
  const app: INestApplication = await NestFactory.create(App, adapter as ExpressAdapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return { server: app.getHttpServer(), close: () => app.close() };
}

const plainApp: RequestListener = ({ url = '', method }, response) => {
  const [first, last] = url
    .replace(/\/?(?:\?.*)?$/, '')
    .split('/')
    .slice(1, 3);
  if (url === '/') setRoute('/');
  else if (first === 'orders') setRoute('/orders/:id');
  else if (first === 'shops') setRoute('/shops/:shop/items/:item');
  else if (first === 'broken') setRoute('/broken/:id');
  const status = first === 'nothing' ? 404 : first === 'broken' ? 500 : method === 'POST' ? 201 : 200;
  response.writeHead(status).end(last);
};
