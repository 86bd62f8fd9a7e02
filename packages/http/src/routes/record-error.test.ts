import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type ArgumentsHost, Catch, Controller, Get, Module } from '@nestjs/common';
import { BaseExceptionFilter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { runInContext, WorkRecord } from '@porthole/core/internal';
import express from 'express';
import express4 from 'express4';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { instrumentInbound } from '../inbound/inbound.js';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { recordError } from './record-error.js';

const inbound = instrumentInbound();
let records: ObservedRecords;
beforeEach(() => {
  records = observeRecords();
  // Express, Koa and Hono log errors by console.error.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  records.close();
});
afterAll(() => inbound.close());

interface Service {
  readonly server: Server;
  close(): unknown;
}

describe.each<[string, () => Promise<Service>]>([
  ['Express 5, without a line', () => serve(expressApp(express as unknown as ExpressModule, []))],
  ['Express 5', () => serve(expressApp(express as unknown as ExpressModule, [recordAndPass]))],
  ['Express 4', () => serve(expressApp(express4 as unknown as ExpressModule, [recordAndPass]))],
  ['Koa', () => serve(koaApp())],
  ['Hono', () => serve(honoApp())],
  ['NestJS on Express', () => serveNest(new ExpressAdapter())],
  ['NestJS on Fastify', () => serveNest(new FastifyAdapter())],
])('%s', (_name, start) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service.close());

  test.each(['/thrown', '/rejected'])('puts the exception of a 500 on the record of %s', async (path) => {
    expect(await sendRequest(service, path)).toBe(500);
    const record = await records.of(path);
    expect(record).toMatchObject({ status: 500, aborted: false, errorType: '500', error: { message: 'out of stock' } });
    expect(record.error).toBeInstanceOf(RangeError);
  });

  test('leaves a response alone', async () => {
    expect(await sendRequest(service, '/fine')).toBe(200);
    expect(await records.of('/fine')).toMatchObject({ error: undefined, errorType: '' });
  });
});

test('records a thrown value that Hono does not handle as an error', async () => {
  const service = await serve(honoApp());
  await sendRequest(service, '/text').catch(() => {});
  service.close();
  expect((await records.of('/text')).error).toBe('no stock');
});

test('records the last error of Express 5, and a failure after the head as not aborted', async () => {
  const app = express();
  app.get('/replaced', () => {
    throw new RangeError('first');
  });
  app.get('/cut', (_request, response) => {
    response.write('begun');
    throw new RangeError('too late');
  });
  app.use('/replaced', (_error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) =>
    next(new TypeError('second')),
  );
  const service = await serve(app as unknown as RequestListener);
  expect(await sendRequest(service, '/replaced')).toBe(500);
  await sendRequest(service, '/cut').catch(() => {});
  service.close();
  expect((await records.of('/replaced')).error).toBeInstanceOf(TypeError);
  expect(await records.of('/cut')).toMatchObject({ status: 200, aborted: false, errorType: 'RangeError' });
});

test.each<[unknown, string]>([
  ['text', 'text'],
  [null, 'null'],
  [{ message: 'out of stock' }, 'object'],
])('recordError accepts %s', async (thrown) => {
  const service = await serve((_request, response) => {
    recordError(thrown, response);
    recordError(undefined);
    response.writeHead(500).end();
  });
  await sendRequest(service, '/any');
  service.close();
  expect((await records.of('/any')).error).toBe(thrown);
});

test('recordError does nothing outside a request, in a job, and after the response', async () => {
  const job = new WorkRecord('internal', 'job', undefined);
  recordError(new Error('nowhere'));
  runInContext(job, () => recordError(new Error('in a job')));
  expect(job.error).toBeUndefined();
  const service = await serve((_request, response) => {
    response.on('close', () => recordError(new Error('too late'), response));
    response.end();
  });
  await sendRequest(service, '/over');
  service.close();
  expect((await records.of('/over')).error).toBeUndefined();
});

function sendRequest({ server }: Service, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.on('error', reject).on('end', () => resolve(response.statusCode));
      response.resume();
    }).on('error', reject);
  });
}

async function serve(listener: RequestListener): Promise<Service> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, close: () => server.close() };
}

function fail(): never {
  throw new RangeError('out of stock');
}

async function reject(): Promise<never> {
  fail();
}

type Next = (error?: unknown) => void;
type ErrorMiddleware = (error: unknown, request: unknown, response: object, next: Next) => void;

/** The API of both versions, as far as it is used here. */
type ExpressModule = () => RequestListener & {
  get(path: string, handler: (request: unknown, response: { send(text: string): void }, next: Next) => void): void;
  use(middleware: ErrorMiddleware): void;
};

const recordAndPass: ErrorMiddleware = (error, _request, _response, next) => {
  recordError(error);
  next(error);
};

function expressApp(create: ExpressModule, last: readonly ErrorMiddleware[]): RequestListener {
  const app = create();
  app.get('/fine', (_request, response) => response.send('ok'));
  app.get('/thrown', fail);
  app.get('/rejected', (_request, _response, next) => void reject().catch(next));
  for (const middleware of last) app.use(middleware);
  return app;
}

function koaApp(): RequestListener {
  const app = new Koa();
  app.on('error', (error: unknown, { res }: Koa.Context) => recordError(error, res));
  app.use((context) => {
    if (context.path === '/thrown') fail();
    if (context.path === '/rejected') return reject();
    context.body = 'ok';
  });
  return app.callback();
}

function honoApp(): RequestListener {
  const app = new Hono();
  app.use(async (context, next) => {
    // A value that is not an Error bypasses Hono's error handling.
    await next().catch((error: unknown) => {
      recordError(error);
      throw error;
    });
    recordError(context.error);
  });
  app.get('/text', () => {
    throw 'no stock';
  });
  app.get('/fine', (context) => context.text('ok'));
  app.get('/thrown', fail);
  app.get('/rejected', reject);
  return getRequestListener(app.fetch);
}

async function serveNest(adapter: ExpressAdapter | FastifyAdapter): Promise<Service> {
  class Root {
    fine(): string {
      return 'ok';
    }
    thrown(): never {
      fail();
    }
    rejected(): Promise<never> {
      return reject();
    }
  }
  for (const name of ['fine', 'thrown', 'rejected'] as const) {
    Get(name)(Root.prototype, name, Object.getOwnPropertyDescriptor(Root.prototype, name) as PropertyDescriptor);
  }
  Controller()(Root);
  class App {}
  Module({ controllers: [Root] })(App);
  class RecordedErrors extends BaseExceptionFilter {
    override catch(error: unknown, host: ArgumentsHost): void {
      recordError(error);
      super.catch(error, host);
    }
  }
  Catch()(RecordedErrors);
  const app = await NestFactory.create(App, adapter, { logger: false });
  app.useGlobalFilters(new RecordedErrors(app.getHttpAdapter()));
  await app.listen(0, '127.0.0.1');
  return { server: app.getHttpServer() as Server, close: () => app.close() };
}
