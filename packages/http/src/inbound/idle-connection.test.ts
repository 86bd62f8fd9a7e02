import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { activeRecord, addObserver, internalErrors, type WorkRecord } from '@porthole/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Instrumentation, instrumentInbound } from './inbound.js';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

let instrumentation: Instrumentation;
let server: http.Server;
let client: Socket | undefined;

beforeEach(() => {
  instrumentation = instrumentInbound();
});

afterEach(() => {
  client?.destroy();
  server.closeAllConnections();
  server.close();
  instrumentation.close();
  expect(internalErrors().size).toBe(0);
});

async function connectTo(handler: http.RequestListener): Promise<Socket> {
  server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  return client;
}

/** The ended records, by weak references. */
function weakRecords(): { readonly ended: WeakRef<WorkRecord>[]; readonly close: () => void } {
  const ended: WeakRef<WorkRecord>[] = [];
  const close = addObserver({ component: 'test', end: (record) => void ended.push(new WeakRef(record)) });
  return { ended, close };
}

describe('a connection that waits for its next request', () => {
  test.each([
    ['without a body', GET],
    ['with a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok'],
  ])('frees an answered request %s', async (_, request) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const records = weakRecords();
    const socket = await connectTo((incoming, response) => incoming.resume().on('end', () => response.end('ok')));
    for (let i = 0; i < 3; i++) {
      socket.write(request);
      await once(socket, 'data');
    }
    const alive = (): number => {
      collect();
      return records.ended.filter((record) => record.deref() !== undefined).length;
    };
    // A dereferenced WeakRef keeps its value until the end of the turn.
    await expect.poll(alive, { timeout: 10_000 }).toBe(0);
    expect(records.ended).toHaveLength(3);
    records.close();
    expect(socket.closed).toBe(false);
  });

  test('keeps the context of a body that is being received', async () => {
    const seen: (string | undefined)[] = [];
    const socket = await connectTo((incoming, response) => {
      if (incoming.method === 'GET') return void response.end('ok');
      incoming.on('data', (chunk) => {
        seen.push(`${chunk} ${activeRecord()?.method}`);
        server.emit('received');
      });
    });
    const received = once(server, 'received');
    // The second request arrives before the first response.
    socket.write(`${GET}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na`);
    await received;
    const again = once(server, 'received');
    socket.write('b');
    await again;
    expect(seen).toEqual(['a POST', 'b POST']);
  });

  test('keeps the context of an upload that goes on after its response', async () => {
    const seen: (string | undefined)[] = [];
    const socket = await connectTo((incoming, response) => {
      response.end('early');
      incoming.on('data', (chunk) => {
        seen.push(`${chunk} ${activeRecord()?.method}`);
        server.emit('received');
      });
    });
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n');
    await once(socket, 'data');
    const received = once(server, 'received');
    socket.write('a');
    await received;
    expect(seen).toEqual(['a POST']);
  });

  test('keeps values of the application', async () => {
    const own = new AsyncLocalStorage<string>();
    const socket = await connectTo((_request, response) => own.run('mine', () => response.end('ok')));
    server.keepAliveTimeout = 1;
    const timedOut = new Promise((resolve) => server.on('timeout', () => resolve(own.getStore())));
    socket.write(GET);
    expect(await timedOut).toBe('mine');
  });
});
