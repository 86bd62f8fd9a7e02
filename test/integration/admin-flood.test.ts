/** Callers of the admin port that ask without end and read nothing, or next to nothing. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NODE_LINES } from '../harness/node-lines.js';
import { eventually } from '../harness/process.js';
import { type Service, startService } from '../harness/service.js';

const SDK = pathToFileURL(fileURLToPath(new URL('../../packages/sdk/dist/index.js', import.meta.url))).href;

/**
 * A service with 3,000 series of its own, whose exposition is 3 MB long, and a handler that shows the longest stall
 * since it was asked last.
 */
const SOURCE = `
import { createServer } from 'node:http';
import { startPorthole } from ${JSON.stringify(SDK)};
const { metrics, health } = startPorthole({ service: 'flooded' });
const orders = metrics.histogram({ name: 'order_seconds', help: 'Orders.', labelNames: ['shop'], buckets: [1, 2, 3, 4, 5, 6, 7, 8] });
for (let i = 0; i < 3000; i++) orders.observe(1, { shop: 'shop-' + 'x'.repeat(60) + i });
health.readiness('store', () => true);
let last = performance.now();
let stall = 0;
setInterval(() => {
  const now = performance.now();
  stall = Math.max(stall, now - last - 5);
  last = now;
}, 5);
createServer((request, response) => {
  response.end(String(stall));
  stall = 0;
}).listen(process.env.PORT, () => console.log('{"message":"Server listening"}'));
`;

let folder: string;
let service: Service;
let attackers: Socket[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'porthole-flood-'));
  writeFileSync(join(folder, 'app.mjs'), SOURCE);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const socket of attackers) socket.destroy();
  attackers = [];
  await service.dispose();
});

/** Opens connections that send `bytes` and read nothing. */
function attack(count: number, bytes: string): void {
  for (let i = 0; i < count; i++) {
    const socket = connect(service.adminPort, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write(bytes);
    attackers.push(socket);
  }
}

function residentMb(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The longest stall of the service's event loop since the last call; an answer of the application at the same time. */
async function stallMs(): Promise<number> {
  return Number(await (await fetch(service.url)).text());
}

function openFiles(): number {
  return readdirSync(`/proc/${service.pid}/fd`).length;
}

const FLOODS = [
  ['/metrics', 300],
  ['/livez', 300],
] as const;

describe.each(NODE_LINES)('on Node.js $major', ({ program }) => {
  // One such flood took 800 MB and stalled the application for nine seconds, as Node.js answers all that it can parse
  // at once.
  test.each(FLOODS)('pipelined requests to %s on %d connections that read nothing', async (path, count) => {
    service = await startService(join(folder, 'app.mjs'), {}, program);
    await (await fetch(`${service.adminUrl}/metrics`)).text();
    await stallMs();
    const [mb, files] = [residentMb(), openFiles()];
    attack(count, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(1800));

    let mostMb = mb;
    let longestStallMs = 0;
    for (let i = 0; i < 40; i++) {
      expect((await fetch(`${service.adminUrl}/livez`)).status).toBe(200);
      longestStallMs = Math.max(longestStallMs, await stallMs());
      mostMb = Math.max(mostMb, residentMb());
      await sleep(50);
    }
    expect(await (await fetch(`${service.adminUrl}/metrics`)).text()).toContain('order_seconds_count');
    expect(mostMb - mb).toBeLessThan(160);
    expect(longestStallMs).toBeLessThan(2000);
    // The answers of probes are so short that the kernel takes all of them.
    if (path === '/metrics') {
      await eventually('the connections to be closed', () => (openFiles() < files + 10 ? true : undefined));
    }
  });
});
