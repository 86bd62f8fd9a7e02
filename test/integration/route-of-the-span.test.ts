/**
 * An `http.route` that the application sets through the OpenTelemetry API, as Next.js does, is the request's route in
 * all signals.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { reply, startCollector } from '../../packages/tracing/src/testing/collector.js';
import { spansOf } from '../../packages/tracing/src/testing/decode-traces.js';
import { eventually, start } from '../harness/process.js';
import { freePort, parseLines } from '../harness/service.js';

const SERVICE = `
  import { createServer } from 'node:http';
  import { trace } from '@opentelemetry/api';
  import { porthole } from '@porthole/sdk';
  import { run } from '@porthole/sdk/run';
  const ways = {
    '/attribute': (span) => span.setAttribute('http.route', '/attribute/:id'),
    '/attributes': (span) => span.setAttributes({ 'http.route': '/attributes/:id', 'next.route': '/x' }),
    '/name': (span) => span.updateName('GET /renamed').setAttribute('http.route', '/name/:id'),
    '/number': (span) => span.setAttribute('http.route', 5),
  };
  run({
    service: 'pages',
    describeRequest: (record) => { if (record.path === '/described') record.setAttribute('http.route', '/described/:id'); },
    main: () => void createServer((request, response) => {
      ways[request.url]?.(trace.getActiveSpan());
      response.end('ok');
    }).listen(Number(process.env.PORT), '127.0.0.1', () => porthole().logger.info('listening')),
  });
`;

test('a route that is set on the active span is in the line, its message, the metric and the span, and its name', async () => {
  const collector = await startCollector((response) => reply(response, 200));
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const program = start(process.execPath, ['--input-type=module', '--eval', SERVICE], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: {
      PORT: String(port),
      PORTHOLE_CONTROL: 'off',
      PORTHOLE_ADMIN_PORT: String(adminPort),
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
    },
  });
  try {
    await eventually('the service listens', () => program.stdout().includes('listening') || undefined);
    const paths = ['/attribute', '/attributes', '/name', '/number', '/described'];
    for (const path of paths) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    program.child.kill('SIGTERM');
    await program.outcome;
    const spans = collector.requests.flatMap(({ body }) => spansOf(body));
    const lines = parseLines(program.stdout());
    const seen = paths.map((path) => {
      const line = lines.find((candidate) => candidate['url.path'] === path);
      const span = spans.find(({ attributes }) => attributes['url.path'] === path);
      return [line?.message, line?.['http.route'], span?.name, span?.attributes['http.route']];
    });
    expect(seen).toEqual([
      ...['attribute', 'attributes'].map((name) => [
        `GET /${name}/:id 200`,
        `/${name}/:id`,
        `GET /${name}/:id`,
        `/${name}/:id`,
      ]),
      ['GET /name/:id 200', '/name/:id', 'GET /renamed', '/name/:id'],
      ['GET unmatched 200', undefined, 'GET', undefined],
      ['GET /described/:id 200', '/described/:id', 'GET /described/:id', '/described/:id'],
    ]);
    const routes = [...metrics.matchAll(/http_server_request_duration_seconds_count\{[^}]*http_route="([^"]*)"/g)].map(
      ([, route]) => route,
    );
    expect(routes.sort()).toEqual(['/attribute/:id', '/attributes/:id', '/described/:id', '/name/:id', 'unmatched']);
  } finally {
    program.child.kill('SIGKILL');
    await collector.close();
  }
});
