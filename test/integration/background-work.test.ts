/**
 * What goes on after the request that has started it, and inside requests that are left out, from outside of the
 * process.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, reply, startCollector } from '../../packages/tracing/src/testing/collector.js';
import { spansOf } from '../../packages/tracing/src/testing/decode-traces.js';
import { eventually, type Program, start } from '../harness/process.js';
import { freePort, parseLines } from '../harness/service.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `/poll` starts a poller, `/late` answers and goes on; `/healthz` is left out, and calls and polls all the same. */
const SERVICE = `
  import { createServer } from 'node:http';
  import { trace } from '@opentelemetry/api';
  import { porthole } from '@porthole/sdk';
  import { run } from '@porthole/sdk/run';
  const target = process.env.TARGET;
  const turn = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const poll = (name) => {
    const timer = setInterval(async () => {
      if (stopped) return clearInterval(timer);
      await (await fetch(target + '/' + name)).text();
      await porthole().withRecord({ name: name + ' job' }, () => turn(1));
      trace.getTracer('app').startSpan(name + ' span').end();
    }, 30);
  };
  let stopped = false;
  run({ service: 'poller', main: () => {
    const { logger } = porthole();
    createServer(async (request, response) => {
      if (request.url === '/poll') poll('polled');
      if (request.url === '/healthz') {
        poll('probed');
        await (await fetch(target + '/inside')).text();
        await porthole().withRecord({ name: 'inside job' }, () => turn(1));
      }
      if (request.url === '/stop') stopped = true;
      response.end('ok');
      if (request.url !== '/late') return;
      await new Promise((resolve) => response.once('close', resolve));
      await turn(20);
      logger.info('still here');
      await (await fetch(target + '/late-call')).text();
    }).listen(Number(process.env.PORT), '127.0.0.1', () => logger.info('listening'));
  } });
`;

describe('work in the background', () => {
  let collector: Collector;
  let program: Program;
  let url: string;
  beforeAll(async () => {
    collector = await startCollector((response) => reply(response, 200));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    program = start(process.execPath, ['--input-type=module', '--eval', SERVICE], {
      cwd: ROOT,
      env: {
        PORT: String(port),
        // Any HTTP server will do.
        TARGET: url,
        PORTHOLE_CONTROL: 'off',
        PORTHOLE_ADMIN_PORT: 'off',
        PORTHOLE_IGNORE_PATHS: '/healthz,/inside,/polled,/probed,/late-call',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
      },
    });
    await eventually('the service listens', () => program.stdout().includes('listening') || undefined);
    for (const path of ['/healthz', '/poll', '/late']) await (await fetch(url + path)).text();
    await eventually('some polls', () => spans().filter(({ name }) => name === 'probed span').length > 3 || undefined);
    await eventually('the call after the answer', () => {
      const late = spans().find((span) => span.attributes['url.path'] === '/late');
      return late && spans().find(({ links }) => links.some(({ spanId }) => spanId === late.spanId));
    });
    await (await fetch(`${url}/stop`)).text();
    program.child.kill('SIGTERM');
    await program.outcome;
  });
  afterAll(async () => {
    program.child.kill('SIGKILL');
    await collector.close();
  });
  const spans = () => collector.requests.flatMap(({ body }) => spansOf(body));
  const server = (path: string) => {
    const found = spans().filter((span) => span.attributes['url.path'] === path && span.kind === 2);
    expect(found).toHaveLength(1);
    return found[0] as (typeof found)[number];
  };

  test('is the root of a trace of its own each time, with a link to the request that started it', () => {
    const request = server('/poll');
    const polls = spans().filter(({ name }) => ['polled job', 'polled span'].includes(name));
    expect(polls.length).toBeGreaterThan(2);
    expect(new Set(polls.map(({ traceId }) => traceId)).size).toBe(polls.length);
    for (const { parentSpanId, traceId, links } of polls) {
      expect(parentSpanId).toBe('');
      expect(traceId).not.toBe(request.traceId);
      expect(links).toMatchObject([{ traceId: request.traceId, spanId: request.spanId }]);
    }
  });

  test('of a request that is left out has spans, and so have the calls that such a request makes', () => {
    expect(spans().filter((span) => span.attributes['url.path'] === '/healthz')).toEqual([]);
    for (const name of ['inside job', 'probed job', 'probed span']) {
      const found = spans().filter((span) => span.name === name);
      expect(found.length, name).toBeGreaterThan(0);
      for (const { parentSpanId, links } of found) expect([parentSpanId, links]).toEqual(['', []]);
    }
    // Calls: two fetches after another of the poller, one inside the probe, one after /late.
    const calls = spans().filter(({ kind }) => kind === 3);
    expect(calls.every(({ parentSpanId }) => parentSpanId === '')).toBe(true);
    expect(calls.filter(({ links }) => links.length === 0).length).toBeGreaterThan(2);
  });

  test('after the answer has the ids of the request in its lines, and a link in its spans', () => {
    const request = server('/late');
    const line = parseLines(program.stdout()).find(({ message }) => message === 'still here');
    expect([line?.trace_id, line?.span_id]).toEqual([request.traceId, request.spanId]);
    const linked = spans().filter(({ links }) => links.some(({ spanId }) => spanId === request.spanId));
    expect(linked).toMatchObject([{ kind: 3, name: 'GET', parentSpanId: '' }]);
  });
});
