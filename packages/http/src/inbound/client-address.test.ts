/** The address of a client behind a proxy: that of a framework that trusts the proxy, otherwise the peer's. */
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { addObserver, internalErrors } from '@porthole/core/internal';
import express from 'express';
import express4 from 'express4';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterAll, describe, expect, test } from 'vitest';
import { instrumentFastify } from '../routes/fastify-routes.js';
import { observeRecords } from '../testing/observed-records.js';
import { setClientAddress } from './client-address.js';
import { instrumentInbound } from './inbound.js';

const CLIENT = '203.0.113.7';
const PEER = '127.0.0.1';

const inbound = instrumentInbound();
const frameworks = instrumentFastify({ recordLines: false });
const closing: (() => unknown)[] = [];
afterAll(() => {
  for (const close of closing) close();
  inbound.close();
  frameworks.close();
});

type Ready = Promise<Server>;
interface ExpressApp extends RequestListener {
  set(name: string, value: unknown): void;
  get(path: string, handler: (request: object, response: { end(): void }) => void): void;
  use(...args: unknown[]): void;
}

async function listen(listener: RequestListener): Ready {
  const server = createServer(listener).listen(0, PEER);
  closing.push(() => server.close());
  await once(server, 'listening');
  return server;
}

function ofExpress(module: unknown, trust: unknown): Ready {
  const app = (module as () => ExpressApp)();
  if (trust !== undefined) app.set('trust proxy', trust);
  app.get('/', (_request, response) => response.end());
  const sub = (module as () => ExpressApp)();
  sub.get('/x', (_request, response) => response.end());
  app.use('/sub', sub);
  return listen(app);
}

async function ofFastify(options: { trustProxy?: boolean | string }): Ready {
  const app = fastify(options);
  app.get('/', async () => 'ok');
  await app.listen({ port: 0, host: PEER });
  closing.push(() => app.close());
  return app.server;
}

function ofKoa(proxy: boolean): Ready {
  const app = new Koa({ proxy });
  app.use((ctx, next) => next().finally(() => setClientAddress(ctx.ip)));
  app.use((ctx) => {
    ctx.body = 'ok';
  });
  return listen(app.callback());
}

async function ofNest(adapter: ExpressAdapter | FastifyAdapter, trust?: (app: INestApplication) => void): Ready {
  class Root {
    get(): string {
      return 'ok';
    }
  }
  Get('/')(Root.prototype, 'get', Object.getOwnPropertyDescriptor(Root.prototype, 'get') as PropertyDescriptor);
  Controller()(Root);
  class App {}
  Module({ controllers: [Root] })(App);
  const app: INestApplication = await NestFactory.create(App, adapter as ExpressAdapter, { logger: false });
  trust?.(app);
  await app.listen(0, PEER);
  closing.push(() => app.close());
  return app.getHttpServer();
}

const TRUST_NEST = (app: INestApplication): unknown => (app as NestExpressApplication).set('trust proxy', 'loopback');

async function addressOf(server: Server, path = '/', forwarded = `10.0.0.1, ${CLIENT}`): Promise<string | undefined> {
  const records = observeRecords();
  try {
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ port, host: PEER, path, agent: false, headers: { 'x-forwarded-for': forwarded } }).end();
    const [response] = await once(outgoing, 'response');
    response.resume();
    const [record] = await records.count(1);
    return record?.clientAddress;
  } finally {
    records.close();
  }
}

describe("a framework that trusts the proxy provides the client's address", () => {
  test.each<[string, () => Ready]>([
    ['Express 5', () => ofExpress(express, 'loopback')],
    ['Express 4', () => ofExpress(express4, 1)],
    ['Fastify 5', () => ofFastify({ trustProxy: '127.0.0.1/8' })],
    ['NestJS on Express', () => ofNest(new ExpressAdapter(), TRUST_NEST)],
    ['NestJS on Fastify', () => ofNest(new FastifyAdapter({ trustProxy: '127.0.0.1' }))],
  ])('%s', async (_name, start) => {
    const server = await start();
    expect(await addressOf(server)).toBe(CLIENT);
    expect(await addressOf(server, '/nothing')).toBe(CLIENT);
  });

  test('Koa, by one line, with the first address of the list', async () => {
    expect(await addressOf(await ofKoa(true), '/', `${CLIENT}, 10.0.0.1`)).toBe(CLIENT);
  });

  test('Express, in a mounted application', async () => {
    expect(await addressOf(await ofExpress(express, true), '/sub/x', CLIENT)).toBe(CLIENT);
  });

  test('Fastify by HTTP/2', async () => {
    const app = fastify({ http2: true, trustProxy: '127.0.0.1' });
    app.get('/', async () => 'ok');
    await app.listen({ port: 0, host: PEER });
    const session = http2.connect(`http://${PEER}:${(app.server.address() as AddressInfo).port}`);
    const records = observeRecords();
    session.request({ ':path': '/', 'x-forwarded-for': CLIENT }).resume();
    expect(await records.count(1)).toMatchObject([{ clientAddress: CLIENT }]);
    records.close();
    session.close();
    await app.close();
  });

  test('Express, if the client leaves before the response', async () => {
    const app = (express as unknown as () => ExpressApp)();
    app.set('trust proxy', 'loopback');
    app.get('/', () => {});
    const server = await listen(app);
    const records = observeRecords();
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ port, host: PEER, path: '/', agent: false, headers: { 'x-forwarded-for': CLIENT } });
    outgoing.on('error', () => {}).end();
    await once(server, 'request');
    setTimeout(() => outgoing.destroy(), 20);
    expect(await records.count(1)).toMatchObject([{ aborted: true, clientAddress: CLIENT }]);
    records.close();
  });
});

describe("without such trust, the address is the peer's", () => {
  test.each<[string, () => Ready]>([
    ['Express 5', () => ofExpress(express, undefined)],
    ['Express 4', () => ofExpress(express4, false)],
    ['Express 5 that trusts another', () => ofExpress(express, '192.0.2.0/24')],
    ['Fastify 5', () => ofFastify({})],
    ['Fastify 5 that trusts another', () => ofFastify({ trustProxy: '192.0.2.1' })],
    ['Koa', () => ofKoa(false)],
    ['NestJS on Express', () => ofNest(new ExpressAdapter())],
    ['NestJS on Fastify', () => ofNest(new FastifyAdapter())],
    ['Hono', () => listen(getRequestListener(new Hono().get('/', (c) => c.text('ok')).fetch))],
    ['node:http', () => listen((_request, response) => response.end())],
  ])('%s', async (_name, start) => {
    expect(await addressOf(await start())).toBe(PEER);
  });
});

test("counts an exception of the framework and keeps the peer's address", async () => {
  const app = (express as unknown as () => ExpressApp)();
  app.set('trust proxy', () => {
    throw new Error('as expected');
  });
  app.get('/', (_request, response) => response.end());
  const fast = fastify({
    trustProxy: () => {
      throw new Error('as expected');
    },
  });
  fast.get('/:id', async () => 'ok');
  await fast.listen({ port: 0, host: PEER });
  closing.push(() => fast.close());
  for (const server of [await listen(app), fast.server]) {
    const before = internalErrors().get('http')?.count ?? 0;
    const { port } = server.address() as AddressInfo;
    const addresses: string[] = [];
    const stop = addObserver({ component: 'test', end: (record) => void addresses.push(record.clientAddress) });
    const [response] = await once(
      request({ port, host: PEER, path: '/', agent: false, headers: { 'x-forwarded-for': CLIENT } }).end(),
      'response',
    );
    response.resume();
    await once(response, 'end');
    await expect.poll(() => addresses).toEqual([PEER]);
    stop();
    expect(response.statusCode).toBe(200);
    expect(internalErrors().get('http')?.count).toBe(before + 1);
  }
});

test('setClientAddress has no effect outside a request, and accepts only a string', async () => {
  expect(() => setClientAddress(CLIENT)).not.toThrow();
  const server = await listen((_request, response) => {
    for (const wrong of [undefined, null, 7, '', {}]) setClientAddress(wrong as never);
    response.end();
  });
  expect(await addressOf(server)).toBe(PEER);
});
