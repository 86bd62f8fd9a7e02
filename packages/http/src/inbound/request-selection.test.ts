import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { addObserver, internalErrors, requestsInFlight, type WorkRecord } from '@porthole/core/internal';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { setRoute } from '../routes/set-route.js';
import { instrumentInbound } from './inbound.js';

const ended: WorkRecord[] = [];
const started: WorkRecord[] = [];
const forgotten: WorkRecord[] = [];
const unobserve: (() => void)[] = [];
afterEach(() => {
  for (const take of unobserve.splice(0)) take();
  for (const list of [ended, started, forgotten]) list.length = 0;
});

function watch(options: Parameters<typeof instrumentInbound>[0]): void {
  const inbound = instrumentInbound(options);
  unobserve.push(
    () => inbound.close(),
    addObserver({
      component: 'test',
      start: (record) => started.push(record),
      end: (record) => ended.push(record),
      forget: (record) => forgotten.push(record),
    }),
  );
}

/** The status codes of successive requests. */
async function sendRequest(...targets: readonly (readonly [method: string, path: string])[]): Promise<unknown[]> {
  const server = createServer((incoming, response) => {
    setRoute('/template');
    response.end(String(incoming.url));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const statuses: unknown[] = [];
  for (const [method, path] of targets) {
    const headers = { 'x-tenant': 'blue' };
    const [response] = await once(
      request({ port, host: '127.0.0.1', method, path, headers, agent: false }).end(),
      'response',
    );
    response.resume();
    await once(response, 'end');
    statuses.push(response.statusCode);
  }
  server.close();
  await once(server, 'close');
  return statuses;
}

describe('paths that are ignored', () => {
  test('are answered, and observers get no record', async () => {
    watch({ ignorePaths: ['/healthz'] });
    expect(
      await sendRequest(['GET', '/healthz?full'], ['HEAD', '/healthz'], ['POST', '/healthz'], ['GET', '/healthz/x']),
    ).toEqual([200, 200, 200, 200]);
    expect(ended.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /healthz', 'GET /healthz/x']);
    expect(started).toEqual(ended);
    expect(requestsInFlight().size).toBe(0);
  });
});

describe('describeRequest', () => {
  test('adds to the record of a request that is over', async () => {
    watch({
      describeRequest: (record, { method, url, headers }) => {
        record.setAttribute('seen', `${method} ${url} ${headers['x-tenant']} ${record.status} ${record.route}`);
        record.route = '/other';
      },
    });
    await sendRequest(['GET', '/a?b']);
    expect(ended).toMatchObject([{ route: '/other', attributes: { seen: 'GET /a?b blue 200 /template' } }]);
  });

  test('leaves a request out by false', async () => {
    watch({ describeRequest: ({ path }) => path !== '/quiet' });
    await sendRequest(['GET', '/quiet'], ['GET', '/loud']);
    expect(ended.map(({ path }) => path)).toEqual(['/loud']);
    expect(forgotten.map(({ path, sampled }) => [path, sampled])).toEqual([['/quiet', false]]);
    expect(requestsInFlight().size).toBe(0);
  });

  test('that throws is counted, and the record stays unchanged', async () => {
    const before = internalErrors().get('http')?.count ?? 0;
    watch({
      describeRequest: () => {
        throw new Error('as expected');
      },
    });
    expect(await sendRequest(['GET', '/a'])).toEqual([200]);
    expect(ended).toMatchObject([{ path: '/a', route: '/template' }]);
    expect(internalErrors().get('http')?.count).toBe(before + 1);
  });

  test('that rejects is counted, without an unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    const before = internalErrors().get('http')?.count ?? 0;
    watch({ describeRequest: () => Promise.reject(new Error('as expected')) });
    expect(await sendRequest(['GET', '/a'])).toEqual([200]);
    expect(ended).toMatchObject([{ path: '/a', route: '/template' }]);
    await vi.waitFor(() => expect(internalErrors().get('http')?.count).toBe(before + 1));
    await setImmediate();
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });

  test('gets HTTP/2 requests', async () => {
    watch({
      describeRequest: (record, { method, url, headers }) => {
        record.setAttribute('seen', `${method} ${url} ${headers['x-tenant']}`);
      },
    });
    const server = createHttp2Server((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': '/a?b', 'x-tenant': 'blue' });
    stream.resume();
    await once(stream, 'close');
    session.close();
    server.close();
    await once(server, 'close');
    expect(ended).toMatchObject([{ attributes: { seen: 'GET /a?b blue' } }]);
  });
});
