/**
 * Services that end themselves, by the libraries that are used for it: they finish their work, and no span is lost
 * without a line.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService } from '../harness/service.js';

const APP = fileURLToPath(new URL('../applications/app.mjs', import.meta.url));
const COLLECTOR_MS = 300;

/** The names of the spans that a service has exported, by the path that it exports to. */
const exported = new Map<string, string[]>();
let collector: Server;

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const { resourceSpans } = JSON.parse((await request.toArray()).join(''));
    await sleep(COLLECTOR_MS);
    const names = resourceSpans[0].scopeSpans.flatMap(({ spans }: { spans: { name: string }[] }) =>
      spans.map(({ name }) => name),
    );
    exported.set(String(request.url), [...(exported.get(String(request.url)) ?? []), ...names]);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterAll(() => collector.close());

const WAYS = [
  'process.on',
  'process.once and an empty event loop',
  'close-with-grace',
  '@godaddy/terminus',
  'lightship',
  'NestJS with enableShutdownHooks',
  'onShutdown beside signal-exit',
];
const CASES = WAYS.flatMap((way) => ['0s', '2s'].map((delay) => [way, delay] as const));

describe('at SIGTERM a service that ends itself', () => {
  test.concurrent.each(CASES)('by %s, with a shutdown delay of %s, finishes its work', async (way, delay) => {
    const path = `/${encodeURIComponent(`${way} ${delay}`)}`;
    const service = await startService(APP, {
      ENDS_BY: way,
      PORTHOLE_SHUTDOWN_DELAY: delay,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}${path}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    });
    try {
      expect((await fetch(`${service.url}/`)).status).toBeLessThan(500);
      const outcome = await service.stop();
      expect(outcome).toMatchObject({ code: 0, signal: null });

      const messages = service.lines().map(({ message }) => String(message));
      expect(messages).toContain('drained');
      expect(messages.filter((message) => message.includes('has not ended the process'))).toEqual([]);
      const waits = messages.filter((message) => message.includes('the application listens to SIGTERM'));
      expect(waits).toHaveLength(way.startsWith('onShutdown') ? 0 : 1);

      // Of a request and two pieces of work, what the collector has and what a line reports are all of them.
      const arrived = exported.get(`${path}/v1/traces`) ?? [];
      expect(arrived).toEqual(expect.arrayContaining(['drain begins']));
      const loss = service.lines().find((line) => 'porthole.spans.unsent' in line);
      const unsent = Number(loss?.['porthole.spans.unsent'] ?? 0);
      expect(arrived.length + unsent).toBe(3);
      if (loss !== undefined) expect(loss['porthole.spans.created']).toBe(3);
      expect(unsent).toBeLessThanOrEqual(1);
      // What ended in the last moment before `process.exit` can be too late; elsewhere Porthole ends the process.
      if (!/process\.on|grace|lightship/.test(way)) expect(unsent).toBe(0);
    } finally {
      await service.dispose();
    }
  });
});
