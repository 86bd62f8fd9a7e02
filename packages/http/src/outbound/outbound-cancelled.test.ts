/** Calls that their caller cancels, and calls that take too long, with common clients. */
import { once } from 'node:events';
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import axios from 'axios';
import { Agent, interceptors, ProxyAgent, request as undiciRequest } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { instrumentOutboundFetch } from './outbound-fetch.js';
import { instrumentOutboundHttp } from './outbound-http.js';

let server: http.Server;
let origin: string;
let records: ObservedRecords;
const instrumentations = [instrumentOutboundHttp(), instrumentOutboundFetch()];

beforeAll(async () => {
  server = http.createServer((request, response) => {
    if (request.url === '/hang-up') request.socket.destroy();
    if (request.url !== '/half') return;
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const instrumentation of instrumentations) instrumentation.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  records = observeRecords();
});
afterEach(() => records.close());

/** A signal that aborts soon, once half of the response has arrived. */
function soon(...reason: [unknown?]): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(...reason), 100);
  return controller.signal;
}

/** A request of `node:http` that `end` ends soon. */
async function node(url: string, end: (request: ClientRequest) => void, options: RequestOptions = {}): Promise<void> {
  const request = http.request(url, { agent: false, ...options });
  request.on('error', () => {});
  request.on('response', (response) => response.on('error', () => {}).resume());
  const closed = new Promise((resolve) => request.on('close', resolve));
  request.end();
  await delay(100);
  end(request);
  await closed;
}

const ignore = () => {};

const retrying = () => new Agent().compose(interceptors.retry({ maxRetries: 0 }));

/** The ways in which a caller cancels a call to `url`. */
const CANCELLED: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'fetch, aborted': async (url) => (await fetch(url, { signal: soon() })).text(),
  'fetch, aborted with an error as the reason': async (url) =>
    (await fetch(url, { signal: soon(new Error('gone')) })).text(),
  'fetch, aborted with a text as the reason': async (url) => (await fetch(url, { signal: soon('gone') })).text(),
  'request of undici, aborted': async (url) => (await undiciRequest(url, { signal: soon() })).body.text(),
  'request of undici, aborted with a reason': async (url) =>
    (await undiciRequest(url, { signal: soon(new Error('gone')) })).body.text(),
  'request of undici, whose dispatcher is destroyed': async (url) => {
    const dispatcher = new Agent();
    setTimeout(() => void dispatcher.destroy(), 100);
    return (await undiciRequest(url, { dispatcher })).body.text();
  },
  'request of undici with an interceptor, aborted': async (url) =>
    (await undiciRequest(url, { signal: soon(), dispatcher: retrying() })).body.text(),
  'request of undici with an interceptor, aborted by AbortSignal.any': async (url) =>
    (await undiciRequest(url, { signal: AbortSignal.any([soon()]), dispatcher: retrying() })).body.text(),
  'axios, aborted': (url) => axios.get(url, { signal: soon() }),
  'node:http, destroyed': (url) => node(url, (request) => request.destroy()),
  'node:http, aborted by its deprecated method': (url) => node(url, (request) => request.abort()),
  'node:http, aborted by a signal': (url) => node(url, ignore, { signal: soon() }),
  'node:http, aborted by a signal with a reason': (url) => node(url, ignore, { signal: soon(new Error('gone')) }),
};

const TIMED_OUT: Readonly<Record<string, readonly [(url: string) => Promise<unknown>, string]>> = {
  'fetch with AbortSignal.timeout': [
    async (url) => (await fetch(url, { signal: AbortSignal.timeout(100) })).text(),
    'TimeoutError',
  ],
  'fetch with AbortSignal.any of a time-out': [
    async (url) => (await fetch(url, { signal: AbortSignal.any([AbortSignal.timeout(100)]) })).text(),
    'TimeoutError',
  ],
  'request of undici with AbortSignal.timeout': [
    async (url) => (await undiciRequest(url, { signal: AbortSignal.timeout(100) })).body.text(),
    'TimeoutError',
  ],
  'request of undici with an interceptor and AbortSignal.timeout': [
    async (url) => (await undiciRequest(url, { signal: AbortSignal.timeout(100), dispatcher: retrying() })).body.text(),
    'TimeoutError',
  ],
  'request of undici with an interceptor and AbortSignal.any of a time-out': [
    async (url) =>
      (
        await undiciRequest(url, { signal: AbortSignal.any([AbortSignal.timeout(100)]), dispatcher: retrying() })
      ).body.text(),
    'TimeoutError',
  ],
  'axios with its time-out': [(url) => axios.get(url, { timeout: 100 }), ''],
  'node:http with AbortSignal.timeout': [
    (url) => node(url, ignore, { signal: AbortSignal.timeout(100) }),
    'TimeoutError',
  ],
  'node:http, destroyed at its time-out': [
    (url) =>
      node(url, (request) => {
        request.setTimeout(50, () => request.destroy());
      }),
    'timeout',
  ],
  'node:http, destroyed at its time-out with an error': [
    (url) =>
      node(url, (request) => {
        request.setTimeout(50, () => request.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })));
      }),
    'ETIMEDOUT',
  ],
};

describe.each([
  ['before the response', '/silent', 0],
  ['during the response', '/half', 200],
])('%s', (_, path, status) => {
  test.each(Object.entries(CANCELLED))('does not report a cancelled call as an error: %s', async (_name, call) => {
    await call(origin + path).catch(ignore);
    const [record] = await records.clients(1);
    expect(record).toMatchObject({ status, errorType: '', error: undefined, aborted: true });
    expect(record?.attributes).toEqual({ 'porthole.cancelled': true });
  });

  test.each(Object.entries(TIMED_OUT))('reports a call that takes too long: %s', async (_name, [call, errorType]) => {
    await call(origin + path).catch(ignore);
    const [record] = await records.clients(1);
    expect(record?.errorType).toMatch(errorType === '' ? /^(?:ECONNABORTED|timeout)$/ : new RegExp(`^${errorType}$`));
    expect(record?.status).toBe(status);
    expect(record?.attributes).toBeUndefined();
  });
});

test.each<[string, (url: string) => Promise<unknown>]>([
  ['the body of fetch is cancelled', async (url) => (await fetch(url)).body?.cancel()],
  ['the body of fetch is cancelled with a reason', async (url) => (await fetch(url)).body?.cancel(new Error('enough'))],
  [
    'the body of fetch is left half read',
    async (url) => {
      for await (const _ of (await fetch(url)).body ?? []) break;
    },
  ],
  ['the body of undici is destroyed', async (url) => (await undiciRequest(url)).body.on('error', ignore).destroy()],
  [
    'the response of node:http is destroyed',
    (url) => node(url, (request) => (request as ClientRequest & { res: http.IncomingMessage }).res.destroy()),
  ],
])('does not report a response that is not read to its end: %s', async (_, call) => {
  await call(`${origin}/half`);
  const [record] = await records.clients(1);
  expect(record).toMatchObject({ status: 200, errorType: '', aborted: true, error: undefined });
  expect(record?.attributes).toEqual({ 'porthole.cancelled': true });
});

test('reports a server that hangs up, or takes too long for undici', async () => {
  await fetch(`${origin}/hang-up`).catch(ignore);
  await node(`${origin}/hang-up`, ignore);
  await undiciRequest(`${origin}/silent`, { headersTimeout: 50 }).catch(ignore);
  const calls = await records.clients(3);
  expect(calls.map(({ errorType }) => errorType)).toEqual(['UND_ERR_SOCKET', 'ECONNRESET', 'UND_ERR_HEADERS_TIMEOUT']);
  expect(calls.map(({ attributes }) => attributes)).toEqual([undefined, undefined, undefined]);
});

test("reports a proxy that refuses the tunnel, though undici's code is that of an abort", async () => {
  const proxy = http.createServer().on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const dispatcher = new ProxyAgent(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  try {
    await expect(undiciRequest('https://orders.test/', { dispatcher })).rejects.toThrow('407');
    const record = (await records.clients(1)).find(
      ({ attributes }) => attributes?.['porthole.cancelled'] === undefined,
    );
    expect(record?.errorType).toBe('UND_ERR_ABORTED');
  } finally {
    await dispatcher.destroy();
    proxy.close();
  }
});
