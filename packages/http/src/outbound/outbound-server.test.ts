/** The recorded server of a call does not depend on its `Host` header: a gateway has that from its caller. */
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestOptions, type Server } from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import httpProxy from 'http-proxy';
import { Agent as UndiciAgent, fetch as undiciFetch, request as undiciRequest } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { instrumentOutboundFetch } from './outbound-fetch.js';
import { instrumentOutboundHttp } from './outbound-http.js';

let server: Server;
let port: number;
let records: ObservedRecords;
const instrumentations = [instrumentOutboundHttp(), instrumentOutboundFetch()];

beforeAll(async () => {
  server = http.createServer((request, response) => {
    if (request.url === '/hang-up') request.socket.destroy();
    else response.end('answer');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
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

const HOSTS = Array.from({ length: 30 }, (_, i) => `127.0.0.1:${20_000 + i}`);

/** The recorded servers of the calls: their number is the number of metric series. */
async function serversOf(count: number): Promise<readonly string[]> {
  const calls = await records.clients(count);
  return [...new Set(calls.map(({ serverAddress, serverPort }) => `${serverAddress} ${serverPort}`))];
}

async function sendAll(options: (host: string) => RequestOptions, send = http.request): Promise<void> {
  for (const host of HOSTS) {
    const request = send({ host: '127.0.0.1', port, path: '/', ...options(host) });
    request.on('error', () => {}).end();
    await new Promise((resolve) => request.on('close', resolve));
  }
}

test.each<[string, (host: string) => RequestOptions]>([
  ['in lower case', (host) => ({ headers: { host } })],
  ['as Node.js writes it', (host) => ({ headers: { Host: host } })],
  ['in a list', (host) => ({ headers: ['Host', host] })],
  ['to an agent that keeps its connections', (host) => ({ headers: { host }, agent: keeping })],
  ['to a connection of its own', (host) => ({ headers: { host }, createConnection: () => connect(port, '127.0.0.1') })],
])('30 Host headers make one series: %s', async (_, options) => {
  await sendAll(options);
  expect(await serversOf(30)).toEqual([`127.0.0.1 ${port}`]);
});
const keeping = new http.Agent({ keepAlive: true });
afterAll(() => keeping.destroy());

test('30 Host headers make one series: through http-proxy', async () => {
  const proxy = httpProxy.createProxyServer();
  const gateway = http.createServer((request, response) =>
    proxy.web(request, response, { target: `http://127.0.0.1:${port}` }),
  );
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const gatewayPort = (gateway.address() as AddressInfo).port;
  for (const host of HOSTS) {
    const socket = connect(gatewayPort, '127.0.0.1');
    socket.end(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`).resume();
    await once(socket, 'close');
  }
  gateway.close();
  proxy.close();
  expect(await serversOf(30)).toEqual([`127.0.0.1 ${port}`]);
});

test('30 Host headers make one series: by undici', async () => {
  const dispatcher = new UndiciAgent();
  for (const host of HOSTS) {
    await (await undiciRequest(`http://127.0.0.1:${port}`, { headers: { host }, dispatcher })).body.dump();
    await (await undiciFetch(`http://127.0.0.1:${port}`, { headers: { host }, dispatcher })).text();
  }
  await dispatcher.close();
  expect(await serversOf(60)).toEqual([`127.0.0.1 ${port}`]);
});

test('30 Host headers make one series: by https, to a server without TLS', async () => {
  await sendAll((host) => ({ headers: { host } }), https.request);
  expect(await serversOf(30)).toHaveLength(1);
});

test('30 Host headers make one series: to a server that hangs up, and to an unused port', async () => {
  await sendAll((host) => ({ headers: { host }, path: '/hang-up' }));
  const free = http.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const freePort = (free.address() as AddressInfo).port;
  free.close();
  await once(free, 'close');
  await sendAll((host) => ({ headers: { host }, port: freePort }));
  expect(await serversOf(60)).toEqual([`127.0.0.1 ${port}`, `127.0.0.1 ${freePort}`]);
});

test("records the server's port behind an agent for a proxy", async () => {
  class ProxyAgent extends http.Agent {
    override createConnection(): ReturnType<typeof connect> {
      return connect(port, '127.0.0.1');
    }
  }
  const agent = new ProxyAgent();
  const request = http.request({ host: 'shop.example', port: 8080, path: '/', agent }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  expect(await serversOf(1)).toEqual(['shop.example 8080']);
  agent.destroy();
});
