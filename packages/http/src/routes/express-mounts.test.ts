/** Routers, routes and applications of Express with several mounts: the route is that of the requested one. */
import { once } from 'node:events';
import { createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import express4 from 'express4';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { instrumentInbound } from '../inbound/inbound.js';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';

type Handler = (request: { url: string }, response: { end(body?: string): void }, next: () => void) => void;
type Path = string | RegExp | readonly Path[];
interface App extends RequestListener {
  get(path: Path, ...handlers: unknown[]): App;
  use(...args: unknown[]): App;
  readonly router?: { stack: { rawPath?: unknown; route?: unknown }[] };
}
interface Module {
  (): App;
  Router(options?: { mergeParams: boolean }): App;
}

const ok: Handler = (_request, response) => response.end('ok');
const inbound = instrumentInbound();
const servers: Server[] = [];
let records: ObservedRecords;
beforeEach(() => {
  records = observeRecords();
});
afterEach(() => records.close());
afterAll(() => {
  inbound.close();
  for (const server of servers) server.close();
});

async function serve(app: RequestListener): Promise<number> {
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The routes of GET requests for `paths`, one after the other. */
async function routesOf(port: number, ...paths: string[]): Promise<string[]> {
  const routes: string[] = [];
  for (const path of paths) {
    const before = records.ended.length;
    const [response] = await once(get({ port, path, host: '127.0.0.1', agent: false }), 'response');
    response.resume();
    await once(response, 'end');
    await records.count(before + 1);
    routes.push(records.ended[before]?.route ?? 'no record');
  }
  return routes;
}

describe.each([
  ['Express 5', express as unknown as Module],
  ['Express 4', express4 as unknown as Module],
])('%s', (name, module) => {
  test('a list in a mounted router: the matched member, with the mount', async () => {
    const router = module.Router().get(['/', '/queue/:id', ['/nested/:id', /^\/fly\/(\d+)$/]], ok);
    const port = await serve(module().use('/ui', router));
    expect(await routesOf(port, '/ui', '/ui/', '/ui/queue/7', '/ui/nested/7', '/ui/fly/7')).toEqual([
      '/ui',
      '/ui',
      '/ui/queue/:id',
      '/ui/nested/:id',
      '/ui/^\\/fly\\/(\\d+)$/',
    ]);
  });

  test('a list of mounts, and a list in a list of mounts', async () => {
    const router = module.Router({ mergeParams: true }).get(['/items/:item', '/things/:thing'], ok);
    const port = await serve(module().use(['/a/:first', '/b', '/:any/c'], router));
    expect(await routesOf(port, '/a/1/items/2', '/b/items/2', '/x/c/things/3')).toEqual([
      '/a/:first/items/:item',
      '/b/items/:item',
      '/:any/c/things/:thing',
    ]);
  });

  test('one router in two applications', async () => {
    const shared = module.Router().get('/x/:id', ok);
    const one = await serve(module().use('/one', shared));
    const two = await serve(module().use('/two', shared));
    expect(await routesOf(one, '/one/x/1')).toEqual(['/one/x/:id']);
    expect(await routesOf(two, '/two/x/1')).toEqual(['/two/x/:id']);
    expect(await routesOf(one, '/one/x/1')).toEqual(['/one/x/:id']);
  });

  test('a router that is mounted again, and one that is mounted before it, between requests', async () => {
    const early = module.Router();
    const shared = module.Router().get('/x', ok);
    const app = module().use(early).use('/:tenant', shared);
    const port = await serve(app);
    expect(await routesOf(port, '/a/x')).toEqual(['/:tenant/x']);
    app.use('/deep/er', shared);
    early.use('/a', shared);
    expect(await routesOf(port, '/a/x', '/deep/er/x', '/b/x')).toEqual(['/a/x', '/deep/er/x', '/:tenant/x']);
    shared.get('/late/:id', ok);
    expect(await routesOf(port, '/a/late/1')).toEqual(['/a/late/:id']);
  });

  test('a router without a mount that later gets one', async () => {
    const shared = module.Router().get('/x', ok);
    const app = module().use(shared);
    const port = await serve(app);
    expect(await routesOf(port, '/x')).toEqual(['/x']);
    app.use('/again', shared);
    expect(await routesOf(port, '/again/x', '/x')).toEqual(['/again/x', '/x']);
  });

  test('one application at two mounts, in another and by itself', async () => {
    const sub = module().get('/x/:id', ok);
    const app = module().use('/a', sub).use('/b/:shop', sub);
    const port = await serve(app);
    expect(await routesOf(port, '/a/x/1', '/b/2/x/1', '/a/x/1')).toEqual(['/a/x/:id', '/b/:shop/x/:id', '/a/x/:id']);
  });

  test('one application in two others gets no route of the other', async () => {
    const sub = module().get('/x', ok);
    const first = await serve(module().use('/first', sub));
    const second = await serve(module().use('/second', sub));
    expect(await routesOf(second, '/second/x')).toEqual(['/second/x']);
    expect(['/first/x', '']).toContain((await routesOf(first, '/first/x'))[0]);
  });

  test('applications with parameters and lists in their mounts, in applications and routers', async () => {
    const inner = module().get(['/x', '/y/:id'], ok);
    const middle = module().use('/middle', module.Router().use('/v1', ok)).use(['/in/:a', '/on'], inner);
    const app = module().use('/', module()).use('/outer/:id', middle);
    const port = await serve(app);
    expect(await routesOf(port, '/outer/1/in/2/x', '/outer/1/on/y/7', '/outer/1/middle/v1')).toEqual([
      '/outer/:id/in/:a/x',
      '/outer/:id/on/y/:id',
      '',
    ]);
  });

  test('two possible applications: no route, unless the mountpath of one matches', async () => {
    const said = module().get('/x', ok);
    const moved = module().get('/x', ok);
    const app = module().use('/:any', module()).use('/said', said).use('/moved', moved).use('/elsewhere', moved);
    const port = await serve(app);
    expect(await routesOf(port, '/said/x', '/elsewhere/x', '/moved/x')).toEqual(['/said/x', '/elsewhere/x', '']);
  });

  test('a path that a middleware has rewritten has the route that handled it', async () => {
    const app = module();
    app.use(((request, _response, next) => {
      request.url = request.url.replace('/old', '/shop');
      next();
    }) as Handler);
    app.use('/shop', module.Router().get('/:id', ok));
    expect(await routesOf(await serve(app), '/old/7', '/shop/7')).toEqual(['/shop/:id', '/shop/:id']);
  });

  test('a router that is called by a function of the application: no route rather than one without its mount', async () => {
    const router = module.Router().get('/x', ok);
    const app = module();
    app.use('/hidden', ((request, response, next) =>
      (router as unknown as Handler)(request, response, next)) as Handler);
    expect(await routesOf(await serve(app), '/hidden/x')).toEqual(['']);
  });

  test('an expression with a state keeps it', async () => {
    const expression = /^\/sticky/gy;
    const port = await serve(module().get(expression, ok));
    await routesOf(port, '/sticky');
    const { lastIndex } = expression;
    await routesOf(port, '/other');
    // The same calls as by Express: a request that matches, and one that does not.
    expect([lastIndex, expression.lastIndex]).toEqual([7, 0]);
  });

  test('a router that contains itself ends', async () => {
    const router = module.Router();
    router.use('/again', router).get('/x', ok);
    expect(await routesOf(await serve(module().use('/a', router)), '/a/x', '/a/again/x')).toEqual(['/a/x', '']);
  });

  if (name === 'Express 5') {
    test('an error that leaves a mounted application', async () => {
      const sub = module().get('/broken/:id', () => {
        throw new Error('out of stock');
      });
      const app = module().use('/a', sub).use('/b', sub);
      // Express takes a function of four parameters as an error handler.
      app.use(((_error: unknown, _request: unknown, response: { end(): void }, _next: unknown) =>
        response.end()) as unknown);
      expect(await routesOf(await serve(app), '/a/broken/1', '/b/broken/1')).toEqual([
        '/a/broken/:id',
        '/b/broken/:id',
      ]);
    });

    test('a router before 2.3, which keeps no path of a mount: a mounted application has it', async () => {
      const sub = module().get('/x/:id', ok);
      const moved = module().get('/x/:id', ok);
      const app = module()
        .use('/sub', sub)
        .use('/moved', moved)
        .use('/there', moved)
        .use('/r', module.Router().get('/x', ok));
      for (const layer of app.router?.stack ?? []) delete layer.rawPath;
      expect(await routesOf(await serve(app), '/sub/x/1', '/moved/x/1', '/there/x/1', '/r/x')).toEqual([
        '/sub/x/:id',
        '',
        '/there/x/:id',
        '',
      ]);
    });
  }
});
