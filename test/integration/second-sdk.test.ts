/**
 * A stock OpenTelemetry SDK in the same process, with its instrumentation of `node:http`: preloaded, or started by the
 * application.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reply, startCollector } from '../../packages/tracing/src/testing/collector.js';
import { type DecodedSpan, spansOf } from '../../packages/tracing/src/testing/decode-traces.js';

const PACKAGE = fileURLToPath(new URL('../../packages/sdk/', import.meta.url));
const { resolve } = createRequire(new URL('../../packages/sdk/package.json', import.meta.url));
const path = (name: string): string => JSON.stringify(resolve(name));

/** As `@opentelemetry/auto-instrumentations-node/register`, which the Kubernetes operator's image preloads. */
const SDK = `
  const { NodeSDK } = require(${path('@opentelemetry/sdk-node')});
  const { HttpInstrumentation } = require(${path('@opentelemetry/instrumentation-http')});
  const exporter = {
    export: (spans, done) => {
      for (const span of spans) process.send({ span: {
        name: span.name, kind: span.kind, ...span.spanContext(), parentSpanId: span.parentSpanContext?.spanId, attributes: span.attributes,
      } });
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  const instrumentation = new HttpInstrumentation();
  const startSdk = () => {
    const sdk = new NodeSDK({ serviceName: 'theirs', autoDetectResources: false, traceExporter: exporter, instrumentations: [instrumentation] });
    sdk.start();
  };
  /** Its own provider, which nobody has registered. */
  const startProvider = () => {
    const { BasicTracerProvider, SimpleSpanProcessor } = require(${path('@opentelemetry/sdk-trace-base')});
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    instrumentation.setTracerProvider(provider);
    instrumentation.enable();
  };
`;

/** A request calls another server of the process, logs, has a route, and makes a span through the API. */
const SERVICE = `
  const { trace } = require(${path('@opentelemetry/api')});
  const { porthole, setRoute } = require(${JSON.stringify(join(PACKAGE, 'dist/index.cjs'))});
  module.exports = () => {
    const { createServer, get } = require('node:http');
    const { logger, withRecord } = porthole();
    const upstream = createServer((request, response) => response.end(request.headers.traceparent ?? '')).listen(0, '127.0.0.1');
    const server = createServer((request, response) => {
      setRoute('/orders/:id');
      logger.info('in the handler');
      trace.getTracer('app').startActiveSpan('own', (span) => {
        logger.info('in the span');
        get({ port: upstream.address().port, host: '127.0.0.1' }, async (answer) => {
          const traceparent = Buffer.concat(await answer.toArray()).toString();
          await withRecord({ name: 'job' }, async () => logger.info('in the job'));
          span.end();
          response.end(traceparent);
        });
      });
    }).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  };
`;

interface Seen {
  /** Server spans of the request, the SDK's and Porthole's. */
  readonly theirs: readonly DecodedSpan[];
  readonly ours: readonly DecodedSpan[];
  readonly lines: readonly Readonly<Record<string, string>>[];
  readonly passedOn: readonly string[];
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-second-sdk-'));
  writeFileSync(join(folder, 'preload.cjs'), `${SDK} startSdk();`);
  writeFileSync(join(folder, 'service.cjs'), SERVICE);
  const main = (before: string) => `${SDK}
    const { run } = require(${JSON.stringify(join(PACKAGE, 'dist/run.cjs'))});
    run({ service: 'orders', main: () => { ${before}; require('./service.cjs')(); } });`;
  writeFileSync(join(folder, 'plain.cjs'), main('').replace(SDK, ''));
  writeFileSync(join(folder, 'inside.cjs'), main('startSdk()'));
  writeFileSync(join(folder, 'provider.cjs'), main('startProvider()'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function observe(file: string, ...nodeOptions: string[]): Promise<Seen> {
  const collector = await startCollector((response) => reply(response, 200));
  const child = spawn(process.execPath, [join(folder, file)], {
    env: {
      NODE_OPTIONS: nodeOptions.join(' '),
      PORTHOLE_ADMIN_PORT: '0',
      PORTHOLE_CONTROL: 'off',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const theirs: DecodedSpan[] = [];
    let stdout = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('message', (message: { span?: DecodedSpan }) => {
      if (message.span !== undefined) theirs.push(message.span);
    });
    const { port } = (await once(child, 'message'))[0] as { port: number };
    const passedOn: string[] = [];
    for (const headers of [{}, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }]) {
      passedOn.push(await (await fetch(`http://127.0.0.1:${port}/orders/7`, { headers })).text());
    }
    await new Promise((done) => setTimeout(done, 500));
    const lines = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, string>);
    // An export that made spans would make more of them.
    expect(collector.requests.length).toBeLessThan(4);
    const ours = collector.requests.flatMap(({ body }) => spansOf(body));
    return { theirs, ours, lines, passedOn };
  } finally {
    child.kill('SIGKILL');
    await collector.close();
  }
}

const requestsOf = (spans: readonly DecodedSpan[], kind: number) =>
  spans.filter((span) => span.kind === kind && JSON.stringify(span.attributes).includes('/orders/7'));
const warnings = ({ lines }: Seen) => lines.filter(({ level }) => level === 'warn');

/** Lines, spans and headers that went out name one trace for each request, whose span is one of `servers`. */
function expectOneTrace({ lines, passedOn }: Seen, servers: readonly DecodedSpan[]): void {
  expect(servers).toHaveLength(2);
  const requests = lines.filter((line) => line['url.path'] === '/orders/7');
  expect(requests.map((line) => [line.message, line.trace_id, line.span_id])).toEqual(
    servers.map(({ traceId, spanId }) => ['GET /orders/:id 200', traceId, spanId]),
  );
  const traces = servers.map(({ traceId }) => traceId);
  expect(traces[1]).toBe('0af7651916cd43dd8448eb211c80319c');
  for (const message of ['in the handler', 'in the span', 'in the job', 'job']) {
    expect(
      lines.filter((line) => line.message === message).map(({ trace_id }) => trace_id),
      message,
    ).toEqual(traces);
  }
  expect(passedOn.map((header) => header.split('-')[1])).toEqual(traces);
}

describe('an SDK that is registered before Porthole', () => {
  test.each([
    ['--require', (file: string) => file],
    ['--import', (file: string) => pathToFileURL(file).href],
  ])(
    'by %s keeps the spans: Porthole exports none, its lines have their ids, and one line says so',
    async (option, from) => {
      const seen = await observe('plain.cjs', option, from(join(folder, 'preload.cjs')));
      expectOneTrace(seen, requestsOf(seen.theirs, 1));
      expect(seen.ours).toEqual([]);
      expect(warnings(seen).map(({ message }) => message)).toEqual([
        expect.stringMatching(/^another OpenTelemetry SDK \(\w+\) was registered before Porthole: .* nodeSdk$/),
      ]);
      const own = seen.theirs.filter(({ name }) => name === 'own');
      expect(own.map(({ traceId }) => traceId)).toEqual(requestsOf(seen.theirs, 1).map(({ traceId }) => traceId));
    },
  );
});

describe('an SDK that the application starts', () => {
  test('has no second server span: that of its instrumentation is the span of the record', async () => {
    const seen = await observe('inside.cjs');
    expectOneTrace(seen, requestsOf(seen.ours, 2));
    expect(seen.theirs).toEqual([]);
    expect(warnings(seen).map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^@opentelemetry\/instrumentation-http makes a second server span of each request: .* nodeSdk$/,
      ),
    ]);
  });

  test('with a provider of its own keeps the span of the request, and Porthole exports none for it', async () => {
    const seen = await observe('provider.cjs');
    expectOneTrace(seen, requestsOf(seen.theirs, 1));
    expect(requestsOf(seen.ours, 2)).toEqual([]);
    expect(warnings(seen)).toHaveLength(1);
  });
});
