import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { trackConnections } from './connections.js';

test('keeps nothing of a client that sends several requests at once and goes away', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const sockets: WeakRef<Socket>[] = [];
  // Never answers, so that the others wait for their turn.
  const server = createServer((request, response) => {
    connections.occupy(request, response);
    server.emit('asked');
  });
  const connections = trackConnections(server, {
    max: 10,
    maxHeldBytes: 1_000_000,
    takeTurn: setImmediate,
    onEvict: () => {},
  });
  server.on('connection', (socket: Socket) => void sockets.push(new WeakRef(socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  await once(server, 'asked');
  client.destroy();

  const alive = (): number => {
    collect();
    return sockets.filter((socket) => socket.deref() !== undefined).length;
  };
  await expect.poll(alive, { timeout: 10_000 }).toBe(0);
  expect(sockets).toHaveLength(1);
  server.close();
});
