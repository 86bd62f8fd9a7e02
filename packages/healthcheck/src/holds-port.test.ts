import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { holdsPort } from './holds-port.js';
import { probe } from './probe.js';

const SERVER =
  "require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); });";

test.runIf(process.platform === 'linux')('a port of this process is its own, that of another is not', async () => {
  const server = createServer((_request, response) => response.end()).listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(holdsPort({ host: '::1', port })).toBe(true);
  expect(holdsPort({ path: '/tmp/x.sock' })).toBe(false);

  const url = `http://[::1]:${port}/`;
  expect(await probe({ url })).toMatchObject({ healthy: true });
  expect(await probe({ url, allowOwnPort: false })).toEqual({
    healthy: false,
    message: `not healthy: [::1]:${port} is a port of this process, which is not the server`,
  });
  server.closeAllConnections();
  server.close();

  const other = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(other.stdout, 'data')) as [Buffer];
  expect(holdsPort({ host: '127.0.0.1', port: Number(line) })).toBe(false);
  other.kill();
});
