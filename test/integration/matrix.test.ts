/**
 * Every form of bundle on every supported line of Node.js, with no loader flag: the same load, and the same account of
 * it.
 */
import { rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingNodeLines } from '../../scripts/node-lines.mjs';
import { NODE_LINES } from '../harness/node-lines.js';
import { run } from '../harness/process.js';
import { type LogLine, type Service, startService } from '../harness/service.js';
import { makeBundles } from '../matrix/bundles.js';
import { type SentSpan, type SpanSink, startSpanSink } from '../matrix/span-sink.js';

const FORMS = [
  'unbundled ESM',
  'unbundled CommonJS',
  'one ESM file by esbuild',
  'one CommonJS file by esbuild',
  'one minified CommonJS file',
  'split ESM',
  'one ESM file by tsup',
  'one CommonJS file by tsup',
  'split ESM by esbuild, minified',
  'one CommonJS file by tsup, minified',
  'split CommonJS by tsup, minified',
  'one CommonJS file by Rollup, minified',
  'split ESM by Rollup, minified',
  'one CommonJS file by webpack, minified',
  'split CommonJS by webpack, minified',
];
/** Rollup runs each module of its one file before a sub-command can begin. */
const RUNS_AHEAD = 'one CommonJS file by Rollup, minified';
/** Inside the workspace, so that what is not bundled is found. */
const FOLDER = fileURLToPath(new URL('../matrix/dist', import.meta.url));
const missing = missingNodeLines();

let entries: Readonly<Record<string, string>>;
let sink: SpanSink;
beforeAll(async () => {
  [entries, sink] = await Promise.all([makeBundles(FOLDER), startSpanSink()]);
}, 600_000);
afterAll(() => {
  sink?.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

if (missing.length > 0) {
  test(`Node.js ${missing.join(', ')} not fetched (node scripts/node-lines.mjs): the matrix does not run there`, ({
    skip,
  }) => {
    if (process.env.PORTHOLE_REQUIRE_NODE_LINES === '1') expect.fail('PORTHOLE_REQUIRE_NODE_LINES=1 asks for them');
    skip(`Node.js ${missing.join(', ')} not fetched`);
  });
}

test('with everything in it, a bundle is at most 3 MB', () => {
  for (const form of FORMS.filter((one) => one.startsWith('one '))) {
    const bytes = statSync(entries[form] as string).size;
    expect(bytes, form).toBeGreaterThan(300_000);
    expect(bytes, form).toBeLessThanOrEqual(3_000_000);
  }
});

const REQUESTS = 120;
const AT_ONCE = 24;
const KINDS = { server: 2, client: 3, internal: 1 };

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly id: string;
  readonly target: string;
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
}

describe.each(NODE_LINES)('on Node.js $major', ({ program }) => {
  test.each(FORMS)('a sub-command of %s starts no service', async (form) => {
    const outcome = await run(program, [entries[form] as string, 'version']);
    if (form === RUNS_AHEAD) {
      expect(outcome).toMatchObject({ code: 70, stdout: '', stderr: expect.stringContaining('inlineDynamicImports') });
    } else {
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/^matrix, Porthole /), stderr: '' });
    }
  });

  test.each(FORMS)('%s', async (form) => {
    const service = await startService(
      entries[form] as string,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        PORTHOLE_CONTROL: 'off',
      },
      program,
    );
    try {
      sink.spans.length = 0;
      const load = requests();
      const queue = [...load];
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let sent = queue.pop(); sent !== undefined; sent = queue.pop()) await ask(service, sent);
        }),
      );
      await pipelined(service, load.length);
      await service.linesLike((line) => line['url.path'] === '/pipelined/2');
      const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
      const outcome = await service.stop();
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      checkLines(service.lines(), load);
      checkSpans(sink.spans, load);
      checkMetrics(metrics, load);
    } finally {
      await service.dispose();
    }
  });
});

function requests(): readonly Sent[] {
  return Array.from({ length: REQUESTS }, (_, index) => {
    const id = `id-${index}`;
    const ids = { traceId: hex(index + 1, 32), spanId: hex(index + 1, 16), id };
    switch (index % 4) {
      case 0:
      case 1:
        return { ...ids, method: 'GET', target: `/orders/${id}`, route: '/orders/:id', status: 200 };
      case 2:
        return index % 8 === 2
          ? { ...ids, method: 'POST', target: '/orders', route: '/orders', status: 200 }
          : { ...ids, method: 'GET', target: `/nothing/${id}`, route: undefined, status: 404 };
      default:
        return { ...ids, method: 'GET', target: `/broken/${id}`, route: '/broken/:id', status: 500 };
    }
  });
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, 'a');

async function ask(service: Service, { traceId, spanId, id, target, method, status }: Sent): Promise<void> {
  const response = await fetch(service.url + target, {
    method,
    headers: {
      traceparent: `00-${traceId}-${spanId}-01`,
      baggage: `id=${id}`,
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(method === 'POST' ? { body: JSON.stringify({ text: 'x'.repeat(50_000) }) } : {}),
  });
  expect(response.status).toBe(status);
  const body = (await response.json()) as Record<string, { traceparent: string; baggage: string }>;
  if (!target.startsWith('/orders/')) return;
  expect(body.baggage).toBe(id);
  for (const called of [body.fetched, body.got]) {
    expect(called?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(called?.baggage).toBe(`id=${id}`);
  }
}

/** Two requests in one piece. */
async function pipelined(service: Service, index: number): Promise<void> {
  const head = (path: string, more: string): string =>
    `GET ${path} HTTP/1.1\r\nhost: x\r\ntraceparent: 00-${hex(index + 1, 32)}-${hex(1, 16)}-01\r\n${more}\r\n`;
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  socket.write(head('/pipelined/1', '') + head('/pipelined/2', 'connection: close\r\n'));
  await socket.toArray();
}

function checkLines(lines: readonly LogLine[], load: readonly Sent[]): void {
  for (const { traceId, id, method, target, route, status } of load) {
    const own = lines.filter((line) => line.trace_id === traceId && line['url.path'] === target);
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ 'http.request.method': method, 'http.response.status_code': status });
    expect(own[0]?.['http.route']).toBe(route);
    if (route !== '/orders/:id') continue;
    const inside = lines.filter((line) => line.id === id);
    expect(inside.map(({ message }) => message)).toEqual(['begin', 'inside the job', 'end']);
    for (const line of inside) expect(line.trace_id).toBe(traceId);
  }
  expect(
    lines.filter(({ level }) => level === 'error').every((line) => line['http.response.status_code'] === 500),
  ).toBe(true);
  expect(lines.filter((line) => String(line['url.path']).startsWith('/pipelined/'))).toHaveLength(2);
}

function checkSpans(spans: readonly SentSpan[], load: readonly Sent[]): void {
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  for (const { traceId, spanId, method, route } of load) {
    const own = spans.filter((span) => span.traceId === traceId);
    const [request, ...others] = own.filter((span) => span.parentSpanId === spanId);
    expect(others).toEqual([]);
    expect(request).toMatchObject({ kind: KINDS.server, name: route === undefined ? method : `${method} ${route}` });
    if (route !== '/orders/:id') {
      expect(own).toHaveLength(1);
      continue;
    }
    const children = own.filter((span) => span.parentSpanId === request?.spanId);
    expect(children.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      [`${KINDS.client} GET`, `${KINDS.client} GET`, `${KINDS.internal} job`, `${KINDS.internal} work`].sort(),
    );
    for (const call of children.filter(({ kind }) => kind === KINDS.client)) {
      expect(own.filter((span) => span.parentSpanId === call.spanId)).toMatchObject([
        { kind: KINDS.server, name: 'GET' },
      ]);
    }
    expect(own).toHaveLength(7);
  }
}

function checkMetrics(text: string, load: readonly Sent[]): void {
  const counted = (labels: Readonly<Record<string, string>>): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith('http_server_request_duration_seconds_count{'))
      .filter((line) => Object.entries(labels).every(([name, value]) => line.includes(`${name}="${value}"`)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  const sent = (route: string, method: string): number =>
    load.filter((one) => one.route === route && one.method === method).length;
  expect(counted({ http_route: '/orders/:id' })).toBe(sent('/orders/:id', 'GET'));
  expect(counted({ http_route: '/orders', http_request_method: 'POST' })).toBe(sent('/orders', 'POST'));
  expect(counted({ http_route: '/broken/:id', http_response_status_code: '500' })).toBe(sent('/broken/:id', 'GET'));
  expect(text).not.toMatch(/^porthole_internal_errors_total\{[^}]*\} [1-9]/m);
}
