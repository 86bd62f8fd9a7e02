/** A service that hands its traces to a stock NodeSDK, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Line {
  readonly message: string;
  readonly level: string;
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** Runs an ES module against the built package; resolves with how it ended. */
async function runProgram(
  program: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; stderr: string; lines: Line[] }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE,
    env: { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off', LOG_LEVEL: 'debug', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  return { code, stderr, lines };
}

interface JsonSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: { key: string; value: Record<string, unknown> }[];
}

/** Takes OTLP/JSON and keeps the spans. */
async function startSink(): Promise<{ url: string; spans: JsonSpan[]; resources: unknown[] }> {
  const spans: JsonSpan[] = [];
  const resources: unknown[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
    for (const { resource, scopeSpans } of resourceSpans) {
      resources.push(resource);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => [server.closeAllConnections(), server.close()]);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, spans, resources };
}

/** Serves one request that makes a span of its own and calls itself once, and ends in order. */
const SERVICE = (start: string): string => `
  import { createServer } from 'node:http';
  import { once } from 'node:events';
  import { trace } from '@opentelemetry/api';
  import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
  import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
  import { startPorthole } from '@porthole/sdk';
  const { BatchSpanProcessor } = tracing;
  const { logger, onShutdown, tracer } = ${start};
  const server = createServer(async (request, response) => {
    if (request.url === '/outer') {
      trace.getActiveSpan()?.setAttribute('app.by-api', 1);
      await tracer.startActiveSpan('child', async (child) => {
        logger.info('inside');
        await (await fetch(url + '/inner')).text();
        child.end();
      });
    }
    response.end('done');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = 'http://127.0.0.1:' + server.address().port;
  await (await fetch(url + '/outer')).text();
  onShutdown('http', () => server.close());
  process.kill(process.pid, 'SIGTERM');
`;

test('the SDK exports the spans of requests, calls and the API as one trace, and log lines have their ids', async () => {
  const sink = await startSink();
  const start = `startPorthole({
    service: 'orders',
    nodeSdk: (defaults) => new NodeSDK({
      ...defaults,
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: '${sink.url}' }), { scheduledDelayMillis: 3600000 })],
    }),
  })`;
  const { code, stderr, lines } = await runProgram(SERVICE(start));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);

  const SERVER = 2;
  const CLIENT = 3;
  const pathOf = ({ attributes }: JsonSpan): unknown =>
    attributes.find(({ key }) => key === 'url.path')?.value.stringValue;
  const outer = sink.spans.find((span) => span.kind === SERVER && pathOf(span) === '/outer') as JsonSpan;
  const child = sink.spans.find(({ name }) => name === 'child') as JsonSpan;
  const call = sink.spans.find((span) => span.kind === CLIENT && span.parentSpanId === child.spanId) as JsonSpan;
  const inner = sink.spans.find((span) => span.kind === SERVER && pathOf(span) === '/inner') as JsonSpan;
  expect(child.parentSpanId).toBe(outer.spanId);
  expect(inner.parentSpanId).toBe(call.spanId);
  expect(new Set([outer, child, call, inner].map(({ traceId }) => traceId)).size).toBe(1);
  expect(outer.attributes).toContainEqual({ key: 'app.by-api', value: { intValue: 1 } });
  expect(sink.resources[0]).toMatchObject({
    attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: 'orders' } }]),
  });
  expect(JSON.stringify(sink.resources[0])).not.toContain('process.command');
  const inside = lines.find(({ message }) => message === 'inside');
  expect(inside).toMatchObject({ trace_id: child.traceId, span_id: child.spanId });
});

test('an SDK that hangs at the end, and one whose receiver is gone, do not keep the service from an orderly end', async () => {
  const hanging = `startPorthole({
    nodeSdk: (defaults) => {
      const sdk = new NodeSDK({ ...defaults, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: 'http://127.0.0.1:9/' }))] });
      return { start: () => sdk.start(), shutdown: async () => { await sdk.shutdown(); await new Promise(() => {}); } };
    },
  })`;
  expect(await runProgram(SERVICE(hanging))).toMatchObject({ code: 0, stderr: '' });
});

test('a factory that throws leaves one error line, and the service runs with the lean pipeline', async () => {
  const { code, lines } = await runProgram(
    SERVICE("startPorthole({ nodeSdk: () => { throw new Error('not installed'); } })"),
  );
  expect(code).toBe(0);
  const errors = lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  expect(errors).toEqual(["nodeSdk cannot be used: it threw: not installed; the traces are Porthole's own"]);
  expect(lines.find(({ message }) => message === 'inside')?.trace_id).toMatch(/^[0-9a-f]{32}$/);
});

test('with OTEL_SDK_DISABLED the SDK is not made', async () => {
  const start = "startPorthole({ nodeSdk: () => { throw new Error('it was made'); } })";
  const { code, lines } = await runProgram(SERVICE(start), { OTEL_SDK_DISABLED: 'true' });
  expect(code).toBe(0);
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});
