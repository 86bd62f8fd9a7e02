/**
 * What a program exports of calls that it cancels and that take too long, and of the methods that it is told to know.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

const PROGRAM = `
  import { createServer, request } from 'node:http';
  import { createServer as createSilent } from 'node:net';
  import { once } from 'node:events';
  import { startPorthole } from '@porthole/sdk';
  const { metrics } = startPorthole({ service: 'orders' });
  const upstream = createSilent((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = 'http://127.0.0.1:' + upstream.address().port;
  const calls = {
    '/cancelled': () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('gone')), 50);
      return fetch(url, { signal: controller.signal });
    },
    '/destroyed': () => new Promise((resolve) => {
      const call = request(url, { method: 'PURGE' }).on('error', () => {}).on('close', resolve).end();
      setTimeout(() => call.destroy(), 50);
    }),
    '/late': () => fetch(url, { method: 'PATCH', signal: AbortSignal.timeout(50) }),
    '/metrics-text': () => metrics.exposition(),
  };
  const server = createServer(async (incoming, response) => {
    const result = await calls[incoming.url]?.().catch(() => '');
    response.end(typeof result === 'string' ? result : '');
  }).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
`;

interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly status?: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

const spans: ExportedSpan[] = [];
let collector: Server;
let program: ChildProcess;
let port: number;
let stdout = '';

beforeAll(async () => {
  collector = createServer(async (incoming, response) => {
    const { resourceSpans } = JSON.parse((await incoming.toArray()).join(''));
    spans.push(...resourceSpans[0].scopeSpans.flatMap((scope: { spans: ExportedSpan[] }) => scope.spans));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  program = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: PACKAGE,
    env: {
      PORTHOLE_CONTROL: 'off',
      PORTHOLE_ADMIN_PORT: 'off',
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'GET, PURGE',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  program.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  [{ port }] = await once(program, 'message');
});
afterAll(() => {
  program?.kill('SIGKILL');
  collector.close();
});

async function ask(path: string, method = 'GET'): Promise<string> {
  const call = request({ host: '127.0.0.1', port, path, method, agent: false }).end();
  const [response] = await once(call, 'response');
  return (await response.toArray()).join('');
}

const attributesOf = ({ attributes }: ExportedSpan): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

test('cancelled calls are no errors, time-outs are, and methods are known as the variable has them', async () => {
  await ask('/cancelled');
  await ask('/destroyed');
  await ask('/late');
  await ask('/', 'DELETE');
  await ask('/', 'PURGE');
  const text = await ask('/metrics-text');
  program.kill('SIGTERM');
  await once(program, 'close');

  const calls = spans.filter(({ kind }) => kind === 3);
  const shown = calls.map((span) => {
    const found = attributesOf(span);
    return [span.name, span.status?.code ?? 0, found['error.type'], found['porthole.cancelled']];
  });
  expect(shown).toEqual([
    ['GET', 0, undefined, true],
    ['PURGE', 0, undefined, true],
    ['HTTP', 2, 'TimeoutError', undefined],
  ]);
  expect(attributesOf(calls[2] as ExportedSpan)).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PATCH',
  });

  const series = text.split('\n').filter((line) => /^http_(?:client|server)_request_duration_seconds_count/.test(line));
  const of = (side: string, method: string) =>
    series.filter((line) => line.includes(`_${side}_`) && line.includes(`http_request_method="${method}"`));
  expect(of('client', 'GET')[0]).not.toContain('error_type');
  expect(of('client', 'PURGE')[0]).not.toContain('error_type');
  expect(of('client', '_OTHER')[0]).toContain('error_type="TimeoutError"');
  expect(of('server', 'PURGE')).toHaveLength(1);
  expect(of('server', '_OTHER')).toHaveLength(1);
  expect(text).not.toContain('DELETE"');

  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  expect(lines.filter((line) => line['http.request.method_original'] === 'DELETE')).toMatchObject([
    { 'http.request.method': '_OTHER', 'url.path': '/' },
  ]);
  expect(lines.filter((line) => line['http.request.method'] === 'PURGE')).toHaveLength(2);
  expect(lines.filter((line) => line['porthole.cancelled'] === true)).toHaveLength(2);
});
