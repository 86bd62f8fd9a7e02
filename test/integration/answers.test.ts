/**
 * The line, the span and the series of a request agree on whether it was answered, failed or cancelled, and with its
 * client.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DecodedSpan, spansOf } from '../../packages/tracing/src/testing/decode-traces.js';
import { NODE_LINES } from '../harness/node-lines.js';
import { eventually } from '../harness/process.js';
import { type LogLine, type Service, startService } from '../harness/service.js';

/**
 * A service that answers the same paths by three servers. `waiting` never ends; `/fail` and the others break after the
 * first part.
 */
const PROGRAM = `
import { createServer } from 'node:http';
import http2 from 'node:http2';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { porthole, startPorthole } from '@porthole/sdk';
import { fastify } from 'fastify';

class DiskFailure extends Error {}
startPorthole({ service: 'answers' });
const { logger } = porthole();
const listening = (name) => function () { logger.info({ port: this.address().port }, name); };
const open = () => { const stream = new Readable({ read() {} }); stream.push('part'); return stream; };
const failing = () => { const stream = open(); setTimeout(() => stream.destroy(new DiskFailure('the disk is gone')), 20); return stream; };
async function* generated() { yield 'part'; await after(20); throw new DiskFailure('the disk is gone'); }
const web = (source) => Readable.toWeb(Readable.from(source));

function answer(path, response) {
  if (path === '/complete') response.end('complete');
  else if (path === '/waiting') pipeline(open(), response, () => {});
  else if (path === '/fail') pipeline(failing(), response, () => {});
  else if (path === '/destroy') { response.write('part'); setTimeout(() => response.destroy(), 20); }
}
createServer((request, response) => answer(request.url, response)).listen(0, '127.0.0.1', listening('plain'));
http2.createServer((request, response) => answer(request.url, response)).listen(0, '127.0.0.1', listening('compat'));
http2.createServer().on('stream', (stream, headers) => {
  stream.on('error', () => {});
  stream.respond({ ':status': 200 });
  answer(headers[':path'], stream);
}).listen(0, '127.0.0.1', listening('streams'));

const app = fastify({ loggerInstance: logger });
app.get('/complete', async () => 'complete');
app.get('/waiting', (request, reply) => reply.send(open()));
app.get('/waiting-web', (request, reply) => reply.send(web(open())));
app.get('/fail', (request, reply) => reply.send(failing()));
app.get('/fail-web', (request, reply) => reply.send(web(generated())));
app.get('/fail-response', (request, reply) => reply.send(new Response(web(generated()))));
app.get('/fail-generator', (request, reply) => reply.send(Readable.from(generated())));
app.get('/text', async () => { throw 'thrown text'; });
app.get('/object', async () => { throw { message: 'thrown object' }; });
app.get('/hook', { onResponse: async () => { throw new DiskFailure('of the hook'); } }, async () => 'complete');
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
listening('fastify').call(app.server);
`;

type Outcome = 'complete' | 'failed' | 'cancelled';

/** What the client of each server sees of a path. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, Outcome>>>> = {
  plain: { '/complete': 'complete', '/waiting': 'cancelled', '/fail': 'failed', '/destroy': 'failed' },
  compat: { '/complete': 'complete', '/waiting': 'cancelled', '/fail': 'failed', '/destroy': 'failed' },
  streams: { '/complete': 'complete', '/waiting': 'cancelled', '/fail': 'failed', '/destroy': 'failed' },
  fastify: {
    '/complete': 'complete',
    '/waiting': 'cancelled',
    '/waiting-web': 'cancelled',
    '/fail': 'failed',
    '/fail-web': 'failed',
    '/fail-response': 'failed',
    '/fail-generator': 'failed',
  },
};

describe.each(NODE_LINES)('on Node.js $major', ({ program }) => {
  let service: Service;
  let collector: Server;
  let folder: string;
  const spans: DecodedSpan[] = [];

  beforeAll(async () => {
    // Inside of the repository, so that its packages are found.
    folder = mkdtempSync(fileURLToPath(new URL('../../node_modules/.porthole-answers-', import.meta.url)));
    writeFileSync(join(folder, 'service.mjs'), PROGRAM);
    collector = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      spans.push(...spansOf(Buffer.concat(parts)));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    service = await startService(
      join(folder, 'service.mjs'),
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`,
        OTEL_BSP_SCHEDULE_DELAY: '50',
      },
      program,
    );
  });

  afterAll(async () => {
    await service?.dispose();
    collector?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(
    Object.entries(EXPECTED).flatMap(([server, paths]) =>
      Object.entries(paths).map(([path, outcome]) => [server, path, outcome] as const),
    ),
  )('%s %s is %s for the client, and in the line, the span and the series', async (server, path, outcome) => {
    const agent = `${server}${path}`;
    const seen = await ask(await portOf(server), path, agent, server === 'compat' || server === 'streams');
    expect(seen).toBe(outcome);
    const [line] = await service.linesLike((one) => one['user_agent.original'] === agent);
    const span = await spanOf(agent);
    const errorType = await errorTypeOfSeries(line as LogLine);
    expect(line).toMatchObject({ level: outcome === 'complete' ? 'info' : 'error', 'http.response.status_code': 200 });
    expect(line?.aborted).toBe(outcome === 'cancelled' ? true : undefined);
    expect(span.attributes['error.type']).toBe(errorType);
    const type = path === '/destroy' ? 'PrematureClose' : 'DiskFailure';
    if (outcome === 'failed') {
      expect(line?.['exception.type']).toBe(type);
      expect(span.events).toMatchObject([{ name: 'exception', attributes: { 'exception.type': type } }]);
    } else {
      expect(line?.['exception.type']).toBeUndefined();
    }
    expect(errorType).toBe(outcome === 'failed' ? type : outcome === 'cancelled' ? 'aborted' : undefined);
  });

  test.each([
    ['/text', 'string', 'thrown text'],
    ['/object', 'object', 'thrown object'],
  ])('what %s throws is in the line and the span', async (path, type, message) => {
    await ask(await portOf('fastify'), path, path, false);
    const [line] = await service.linesLike((one) => one['user_agent.original'] === path);
    const exception = { 'exception.type': type, 'exception.message': message };
    expect(line).toMatchObject({ level: 'error', 'http.response.status_code': 500, ...exception });
    expect((await spanOf(path)).events).toMatchObject([{ attributes: exception }]);
  });

  test('an error of a hook that runs when the answer is over has a line of Fastify', async () => {
    await ask(await portOf('fastify'), '/hook', '/hook', false);
    const lines = await service.linesLike((line) => JSON.stringify(line).includes('of the hook'));
    expect(lines).toMatchObject([{ level: 'error', message: 'request errored' }]);
  });

  async function portOf(server: string): Promise<number> {
    const [line] = await service.linesLike(({ message }) => message === server);
    return Number(line?.port);
  }

  function spanOf(agent: string): Promise<DecodedSpan> {
    return eventually(`the span of ${agent}`, () =>
      spans.find(({ attributes }) => attributes['user_agent.original'] === agent),
    );
  }

  /** Of the series that the request has been added to: no other path of this test has its route and outcome. */
  async function errorTypeOfSeries(line: LogLine): Promise<string | undefined> {
    const route = String(line['http.route'] ?? 'unmatched');
    const exposition = await (await fetch(`${service.adminUrl}/metrics`)).text();
    const counts = exposition
      .split('\n')
      .filter((sample) => sample.startsWith('http_server_request_duration_seconds_count{'));
    const ofRoute = counts.filter((sample) => sample.includes(`http_route="${route}"`));
    const wanted = line.aborted === true ? 'aborted' : line['exception.type'];
    const found = ofRoute.find((sample) => errorTypeIn(sample) === wanted);
    expect(found, exposition).toBeDefined();
    return errorTypeIn(found as string);
  }
});

function errorTypeIn(sample: string): string | undefined {
  return /error_type="([^"]+)"/.exec(sample)?.[1];
}

/** Asks, reads, and leaves after the first part of what waits. */
function ask(port: number, path: string, agent: string, http2: boolean): Promise<Outcome> {
  const waits = path.startsWith('/waiting');
  const headers = { 'user-agent': agent };
  return new Promise((resolve) => {
    if (http2) {
      const session = connect(`http://127.0.0.1:${port}`).on('error', () => {});
      const stream = session.request({ ':path': path, ...headers });
      let body = '';
      stream
        .on('error', () => {})
        .on('data', (part) => {
          body += part;
          if (waits) stream.close(8);
        });
      stream.on('close', () => {
        session.close();
        resolve(waits ? 'cancelled' : body === 'complete' ? 'complete' : 'failed');
      });
      return;
    }
    const request = get({ port, host: '127.0.0.1', path, headers, agent: false }, (response) => {
      response
        .on('error', () => {})
        .on('data', () => {
          if (waits) request.destroy();
        });
      response.on('close', () => resolve(waits ? 'cancelled' : response.complete ? 'complete' : 'failed'));
    });
    request.on('error', () => {});
  });
}
