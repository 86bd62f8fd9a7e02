import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { watchOwnPorts } from './own-ports.js';
import { probe } from './probe.js';

const SERVER =
  "require('node:http').createServer((_, response) => response.end()).listen(0, '127.0.0.1', function () { console.log(this.address().port); });";

test('a port of this process does not count while they are watched, that of another does', async () => {
  const server = createServer((_request, response) => response.end()).listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://[::1]:${port}/`;
  expect(await probe({ url })).toMatchObject({ healthy: true });
  const endWatch = watchOwnPorts();
  expect(await probe({ url })).toEqual({
    healthy: false,
    message: `not healthy: [::1]:${port} is a port of this process`,
  });

  const other = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(other.stdout, 'data')) as [Buffer];
  expect(await probe({ url: `http://127.0.0.1:${Number(line)}/` })).toMatchObject({
    healthy: true,
  });
  other.kill();

  endWatch();
  expect(await probe({ url })).toMatchObject({ healthy: true });
  server.closeAllConnections();
  server.close();
});
