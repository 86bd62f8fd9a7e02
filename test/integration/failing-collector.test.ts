/** A collector that fails costs spans: not a request, and not the orderly end. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort, isRequestLine, type Service, startExample } from '../harness/service.js';

let service: Service | undefined;
let silent: Server;

beforeEach(async () => {
  // Takes connections and says nothing on them.
  silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});

afterEach(async () => {
  await service?.dispose();
  silent.close();
});

describe('with a collector', () => {
  test.each([
    ['that nobody runs', async () => `http://127.0.0.1:${await freePort()}`],
    ['whose name does not resolve', async () => 'http://collector.invalid:4318'],
    ['that never answers', async () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}`],
  ])('%s, requests are served, and SIGTERM ends the service with 0', async (_, endpoint) => {
    service = await startExample({ OTEL_EXPORTER_OTLP_ENDPOINT: await endpoint() });
    for (let i = 0; i < 20; i++) expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    await service.linesLike(isRequestLine, 20);
    const outcome = await service.stop();
    expect(outcome).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(outcome.stdout).not.toContain('is given up');
  });

  test('that refuses spans, the log says once that they are lost and why', async () => {
    service = await startExample({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    await fetch(`${service.url}/orders`);
    await service.linesLike(isRequestLine);
    const outcome = await service.stop();
    const said = outcome.stdout.split('\n').filter((line) => line.includes('spans cannot be exported'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('ECONNREFUSED');
  });

  test('that is slower than spans end, one line reports the first drop while it happens', async () => {
    const { port } = silent.address() as AddressInfo;
    service = await startExample({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_MAX_QUEUE_SIZE: '10',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5',
    });
    for (let i = 0; i < 60; i++) expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    const [line, ...others] = await service.linesLike(({ message }) => String(message).startsWith('spans are dropped'));
    expect(line).toMatchObject({
      level: 'warn',
      'error.type': 'queue_full',
      message: `spans are dropped: the queue is full, and http://127.0.0.1:${port}/v1/traces takes them more slowly than they end`,
    });
    expect(others).toEqual([]);
  });
});
