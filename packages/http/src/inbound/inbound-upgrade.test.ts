import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { activeRecord, internalErrors, requestsInFlight, unrecordedServers } from '@porthole/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { type Instrumentation, instrumentInbound } from './inbound.js';

const UPGRADE = 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUser-Agent: test/1\r\n\r\n';
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

let instrumentation: Instrumentation;
let records: ObservedRecords;
let server: http.Server;
const sockets: Socket[] = [];

beforeEach(() => {
  instrumentation = instrumentInbound();
  records = observeRecords();
  server = http.createServer((_request, response) => response.end('plain'));
  // Node.js does not handle the errors of a socket after an upgrade.
  server.on('connection', (socket) => socket.on('error', () => {}));
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  instrumentation.close();
  records.close();
  expect(requestsInFlight().size).toBe(0);
  expect(internalErrors().size).toBe(0);
});

/** A connection on which `bytes` were sent. */
async function send(bytes: string): Promise<Socket> {
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(bytes);
  return socket;
}

describe('an upgrade', () => {
  test('is recorded as a handshake, and active for all work that it starts', async () => {
    let active: string | undefined;
    server.on('upgrade', (_request, socket) => {
      active = activeRecord()?.path;
      socket.write(ACCEPTED);
      socket.on('data', (chunk) => socket.write(chunk));
    });
    const client = await send(`GET /socket?token=secret HTTP/1.1\r\n${UPGRADE}`);
    const [record] = await records.count(1);
    expect(record).toMatchObject({
      kind: 'server',
      method: 'GET',
      path: '/socket',
      scheme: 'http',
      protocolVersion: '1.1',
      status: 101,
      clientAddress: '127.0.0.1',
      userAgent: 'test/1',
      aborted: false,
      errorType: '',
    });
    expect(active).toBe('/socket');
    await once(client, 'data');
    client.write('still there');
    expect(String(await once(client, 'data'))).toBe('still there');
    expect(records.ended).toHaveLength(1);
  });

  test('is recorded if the answer comes later', async () => {
    let accept: () => void = () => {};
    server.on('upgrade', (_request, socket) => {
      accept = () => void socket.write(ACCEPTED);
      server.emit('asked');
    });
    await send(`GET /later HTTP/1.1\r\n${UPGRADE}`);
    await once(server, 'asked');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(records.ended).toEqual([]);
    expect(requestsInFlight().size).toBe(1);
    accept();
    expect(await records.of('/later')).toMatchObject({ status: 101, aborted: false });
  });

  test('has no status if it is refused by raw bytes, and that of the response if there is one', async () => {
    server.on('upgrade', (request, socket) => {
      if (request.url === '/bytes') socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      else {
        const response = new http.ServerResponse(request);
        response.assignSocket(socket as Socket);
        response.writeHead(404, { connection: 'close' });
        response.end();
      }
    });
    await send(`GET /bytes HTTP/1.1\r\n${UPGRADE}`);
    await send(`GET /response HTTP/1.1\r\n${UPGRADE}`);
    expect(await records.of('/bytes')).toMatchObject({ status: 0, aborted: false, errorType: '' });
    expect(await records.of('/response')).toMatchObject({ status: 404, aborted: false, errorType: '' });
  });

  test('is aborted if the client goes away early, and failed if the server drops the connection', async () => {
    server.on('upgrade', (request, socket) => {
      socket.on('error', () => {});
      if (request.url === '/dropped') socket.destroy();
      else server.emit('asked');
    });
    await send(`GET /dropped HTTP/1.1\r\n${UPGRADE}`);
    expect(await records.of('/dropped')).toMatchObject({ status: 0, aborted: false, errorType: 'PrematureClose' });
    const client = await send(`GET /left HTTP/1.1\r\n${UPGRADE}`);
    await once(server, 'asked');
    client.resetAndDestroy();
    expect(await records.of('/left')).toMatchObject({ status: 0, aborted: true, errorType: 'aborted' });
  });

  test('stays a plain request if there is no upgrade listener, or no longer one', async () => {
    const onUpgrade = (_request: http.IncomingMessage, socket: { write(bytes: string): void }): void => {
      socket.write(ACCEPTED);
    };
    const first = await send(`GET /never HTTP/1.1\r\n${UPGRADE}`);
    expect(String(await once(first, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
    server.on('upgrade', onUpgrade);
    const second = await send(`GET /now HTTP/1.1\r\n${UPGRADE}`);
    expect(String(await once(second, 'data'))).toMatch(/^HTTP\/1\.1 101 /);
    server.off('upgrade', onUpgrade);
    expect(server.listenerCount('upgrade')).toBe(0);
    const third = await send(`GET /again HTTP/1.1\r\n${UPGRADE}`);
    expect(String(await once(third, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
    expect((await records.count(3)).map(({ path, status }) => [path, status])).toEqual([
      ['/never', 200],
      ['/now', 101],
      ['/again', 200],
    ]);
  });

  test('is recorded once if a library calls the listeners itself', async () => {
    server.on('upgrade', (_request, socket) => socket.write(ACCEPTED));
    await once(await send('GET /before HTTP/1.1\r\nHost: a\r\n\r\n'), 'data');
    const found = server.listeners('upgrade');
    server.removeAllListeners('upgrade');
    server.on('upgrade', (...args) => {
      for (const listener of found) listener.apply(server, args);
    });
    await send(`GET /once HTTP/1.1\r\n${UPGRADE}`);
    await records.of('/once');
    expect(records.ended.filter(({ path }) => path === '/once')).toHaveLength(1);
  });

  test('is not recorded on unrecorded servers', async () => {
    unrecordedServers.add(server);
    server.on('upgrade', (_request, socket) => socket.write(ACCEPTED));
    await once(await send(`GET /hidden HTTP/1.1\r\n${UPGRADE}`), 'data');
    expect(server.listenerCount('upgrade')).toBe(1);
    expect(requestsInFlight().size).toBe(0);
    expect(records.ended).toEqual([]);
  });

  test('ends at close if it was not answered', async () => {
    server.on('upgrade', () => server.emit('asked'));
    await send(`GET /open HTTP/1.1\r\n${UPGRADE}`);
    await once(server, 'asked');
    instrumentation.close();
    expect(records.ended).toMatchObject([{ path: '/open', status: 0, aborted: true }]);
    expect(server.listenerCount('upgrade')).toBe(1);
  });
});

describe('CONNECT', () => {
  test('is recorded if there is a listener', async () => {
    server.on('connect', (_request, socket) => socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
    await send('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n');
    const [record] = await records.count(1);
    expect(record).toMatchObject({ method: 'CONNECT', path: '', status: 200, aborted: false });
  });

  test('still ends the connection if there is none', async () => {
    const client = await send('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n');
    await once(client.resume(), 'close');
    expect(server.listenerCount('connect')).toBe(0);
    expect(records.ended).toEqual([]);
  });
});
