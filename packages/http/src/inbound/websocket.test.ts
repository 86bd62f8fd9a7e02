/** WebSockets of `ws` and `@fastify/websocket`: the route of a handshake, and the context of later events. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { withRecord } from '@porthole/core';
import { activeSpanContext, internalErrors, spanIdOf, traceIdOf } from '@porthole/core/internal';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { instrumentFastify } from '../routes/fastify-routes.js';
import { setRoute } from '../routes/set-route.js';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { TLS_CLIENT, TLS_SERVER } from '../testing/pre-shared-key.js';
import type { Instrumentation } from './inbound.js';
import { instrumentInbound } from './inbound.js';

// biome-ignore lint/suspicious/noExplicitAny: the package has no types of its own
type Untyped = any;
const require = createRequire(import.meta.url);
const { WebSocket, WebSocketServer }: Untyped = require('ws');
const websocket: Untyped = require('@fastify/websocket');

let instrumentations: Instrumentation[];
let records: ObservedRecords;
const open: (() => unknown)[] = [];
beforeEach(() => {
  instrumentations = [instrumentInbound(), instrumentFastify({ recordLines: false })];
  records = observeRecords();
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  for (const instrumentation of instrumentations) instrumentation.close();
  records.close();
  expect(internalErrors().size).toBe(0);
});

const active = (): string => {
  const span = activeSpanContext();
  return span === undefined ? 'none' : `${traceIdOf(span)} ${spanIdOf(span)}`;
};

/** Sends `texts`, each after the answer to the last one. Returns the answers. */
async function sendTexts(port: number, path: string, ...texts: string[]): Promise<string[]> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  await once(client, 'open');
  const answers: string[] = [];
  for (const text of texts) {
    client.send(text);
    answers.push(String((await once(client, 'message'))[0]));
    await sleep(20);
  }
  client.close();
  await once(client, 'close');
  return answers;
}

describe('ws', () => {
  test.each([
    ['at once', 0],
    ['later', 60],
  ])('events of a connection that is accepted %s run in the context of its handshake', async (_, delayMs) => {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const accept = () =>
        sockets.handleUpgrade(request, socket, head, (connection: Untyped) => {
          connection.on('message', () => connection.send(active()));
        });
      if (delayMs === 0) accept();
      else setTimeout(accept, delayMs);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const answers = await Promise.all(['/a', '/b'].map((path) => sendTexts(port, path, 'one', 'two')));
    const handshakes = await Promise.all(['/a', '/b'].map((path) => records.of(path)));
    expect(answers).toEqual(handshakes.map((record) => Array(2).fill(`${traceIdOf(record)} ${spanIdOf(record)}`)));
    expect(handshakes.map(({ status }) => status)).toEqual([101, 101]);
  });

  test('so does the end of a connection, with TLS too', async () => {
    const server = createTlsServer(TLS_SERVER);
    const sockets = new WebSocketServer({ server });
    let atEnd = '';
    sockets.on('connection', (connection: Untyped) => {
      setRoute('/chat');
      connection.on('message', () => connection.send(active()));
      connection.on('close', () => {
        atEnd = active();
        server.emit('left');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(() => server.close());
    const left = once(server, 'left');
    const client = new WebSocket(`wss://127.0.0.1:${(server.address() as AddressInfo).port}/secure`, TLS_CLIENT);
    await once(client, 'open');
    client.send('one');
    const [answer] = await once(client, 'message');
    client.close();
    await left;
    const handshake = await records.of('/secure');
    expect(handshake).toMatchObject({ route: '/chat', scheme: 'https', status: 101 });
    expect([String(answer), atEnd]).toEqual(Array(2).fill(`${traceIdOf(handshake)} ${spanIdOf(handshake)}`));
  });

  test('withRecord makes a message its own trace, with a link to the handshake', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (connection: Untyped) => {
      connection.on('message', () =>
        withRecord({ kind: 'server', name: 'chat message' }, () => connection.send(active())),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(() => server.close());
    const answers = await sendTexts((server.address() as AddressInfo).port, '/chat', 'one', 'two');
    const handshake = await records.of('/chat');
    const messages = records.ended.filter(({ name }) => name === 'chat message');
    expect(messages.map((record) => `${traceIdOf(record)} ${spanIdOf(record)}`)).toEqual(answers);
    expect(new Set([handshake, ...messages].map(traceIdOf)).size).toBe(3);
    expect(messages.map(({ links }) => links?.map(spanIdOf))).toEqual(Array(2).fill([spanIdOf(handshake)]));
  });
});

describe('@fastify/websocket', () => {
  let app: FastifyInstance;
  let port: number;
  beforeEach(async () => {
    app = fastify();
    app.register(websocket);
    app.register(async (scope) => {
      const routes = scope as Untyped;
      const answer = (socket: Untyped) => socket.on('message', () => socket.send(active()));
      const attributes = { 'app.room': 'open' };
      routes.get('/rooms/:id', { websocket: true, config: { porthole: { attributes } } }, answer);
      routes.get('/hidden/:id', { websocket: true, config: { porthole: { record: false } } }, answer);
      routes.get('/plain', () => 'plain');
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    open.push(() => app.close());
    port = (app.server.address() as AddressInfo).port;
  });

  test("the handshake has its route, and the attributes of the route's config", async () => {
    const answers = await sendTexts(port, '/rooms/7', 'one');
    const handshake = await records.of('/rooms/7');
    expect(handshake).toMatchObject({ route: '/rooms/:id', status: 101, attributes: { 'app.room': 'open' } });
    expect(answers).toEqual([`${traceIdOf(handshake)} ${spanIdOf(handshake)}`]);
  });

  test("the route's config can leave a handshake out", async () => {
    await sendTexts(port, '/hidden/7', 'one');
    await (await fetch(`http://127.0.0.1:${port}/plain`)).text();
    await records.of('/plain');
    expect(records.ended.map(({ route }) => route)).toEqual(['/plain']);
  });

  test('a handshake without a route is unmatched', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/nowhere`);
    await once(client, 'error');
    expect(await records.of('/nowhere')).toMatchObject({ route: '', status: 404 });
  });
});
