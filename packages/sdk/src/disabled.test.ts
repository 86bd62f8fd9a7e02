import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Answers what of Porthole there is to see, from inside a request that passes its own headers on. */
const PROGRAM = `
  import { AsyncLocalStorage } from 'node:async_hooks';
  import { channel } from 'node:diagnostics_channel';
  import { createServer, get } from 'node:http';
  import { trace } from '@opentelemetry/api';
  import { startPorthole } from '@porthole/sdk';
  import { activeRecord } from '@porthole/core/internal';

  const { logger, metrics, tracer, withRecord, onShutdown } = startPorthole({ service: 'orders', disabled: JSON.parse(process.env.OPTION) });
  const upstream = createServer((request, response) => response.end(request.headers.traceparent ?? 'none')).listen(0, '127.0.0.1');
  const server = createServer(async (request, response) => {
    const passedOn = await (await fetch('http://127.0.0.1:' + upstream.address().port)).text();
    const span = tracer.startSpan('child');
    logger.info('inside');
    response.end(JSON.stringify({
      passedOn,
      inContext: activeRecord() !== undefined,
      withRecord: withRecord({ name: 'job' }, () => 'done'),
      spanRecords: span.isRecording(),
      subscribed: ['http.server.request.start', 'undici:request:create', 'fastify.initialization', 'tracing:ioredis:command:start']
        .filter((name) => channel(name).hasSubscribers),
      exposition: await metrics.exposition(),
    }));
    span.end();
  }).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  onShutdown('http', () => { server.close(); upstream.close(); });
`;

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

interface Seen {
  readonly passedOn: string;
  readonly inContext: boolean;
  readonly withRecord: string;
  readonly spanRecords: boolean;
  readonly subscribed: readonly string[];
  readonly exposition: string;
  readonly lines: readonly Record<string, unknown>[];
  readonly probe: string;
  readonly exitCode: number | null;
}

/** Runs the program, asks it once, and ends it. */
async function run(env: Readonly<Record<string, string>>, option: unknown = []): Promise<Seen> {
  const [adminPort, sampled] = [String(await freePort()), `00-${TRACE_ID}-00f067aa0ba902b7-01`];
  child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: PACKAGE,
    env: { PORTHOLE_CONTROL: 'off', PORTHOLE_ADMIN_PORT: adminPort, OPTION: JSON.stringify(option), ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const [{ port }] = await once(child, 'message');
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, { headers: { traceparent: sampled } });
  const seen = (await answer.json()) as Omit<Seen, 'lines' | 'probe' | 'exitCode'>;
  const probe = await (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).text();
  child.kill('SIGTERM');
  const [exitCode] = await once(child, 'close');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { ...seen, lines, probe, exitCode };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const messages = ({ lines }: Seen): unknown[] => lines.map(({ message }) => message);

describe('PORTHOLE_DISABLED', () => {
  test('unset records all of it', async () => {
    const seen = await run({});
    expect(seen).toMatchObject({ inContext: true, withRecord: 'done', spanRecords: true, exitCode: 0 });
    expect(seen.passedOn).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-01$`));
    expect(messages(seen)).toEqual(expect.arrayContaining(['inside', 'GET unmatched 200', 'job']));
    expect(seen.exposition).toContain('process_cpu_seconds_total');
  });

  test.each([
    ['the variable', { PORTHOLE_DISABLED: 'true' }, []],
    ['the option', {}, true],
    ['both together', { PORTHOLE_DISABLED: 'http,logs' }, ['traces', 'metrics']],
  ])(
    'true, by %s, leaves the service as it is without Porthole, but for probes, plain lines and the end',
    async (_, env, option) => {
      const seen = await run(env, option);
      expect(seen).toMatchObject({
        passedOn: 'none',
        inContext: false,
        withRecord: 'done',
        spanRecords: false,
        subscribed: [],
        exposition: '',
        probe: 'ok\n',
        exitCode: 0,
      });
      const inside = seen.lines.find(({ message }) => message === 'inside');
      expect(inside).toMatchObject({ level: 'info', 'service.name': 'orders' });
      expect(inside).not.toHaveProperty('trace_id');
      expect(messages(seen)).not.toContain('GET unmatched 200');
    },
  );

  test('http records no requests; other work still is', async () => {
    const seen = await run({ PORTHOLE_DISABLED: 'http' });
    expect(seen).toMatchObject({ passedOn: 'none', inContext: false, subscribed: ['tracing:ioredis:command:start'] });
    expect(messages(seen)).toEqual(expect.arrayContaining(['inside', 'job']));
    expect(messages(seen)).not.toContain('GET unmatched 200');
  });

  test('traces makes no spans, and passes the decision of the caller on', async () => {
    const seen = await run({ PORTHOLE_DISABLED: 'traces', OTEL_TRACES_EXPORTER: 'otlp' });
    expect(seen.spanRecords).toBe(false);
    expect(seen.passedOn).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-01$`));
    expect(seen.lines.find(({ message }) => message === 'inside')).toMatchObject({ trace_id: TRACE_ID });
    expect(seen.exposition).not.toContain('otel_sdk_span_live');
  });

  test('metrics measures nothing', async () => {
    const seen = await run({ PORTHOLE_DISABLED: 'metrics' });
    expect(seen).toMatchObject({ exposition: '', inContext: true });
    expect(messages(seen)).toContain('GET unmatched 200');
  });

  test('logs writes plain lines, and none about requests', async () => {
    const seen = await run({ PORTHOLE_DISABLED: 'logs' });
    expect(seen.lines.find(({ message }) => message === 'inside')).toMatchObject({ level: 'info', trace_id: TRACE_ID });
    expect(messages(seen)).not.toContain('GET unmatched 200');
    expect(seen.exposition).toContain('http_server_active_requests');
    expect(seen.exposition).toMatch(/^porthole_log_lines_total\{.*level="info".*\} [1-9]/m);
  });

  test('with a member that is not valid says so in one line, and the others count', async () => {
    const seen = await run({ PORTHOLE_DISABLED: 'http,loggs' });
    expect(seen.inContext).toBe(false);
    expect(messages(seen).filter((message) => String(message).includes('PORTHOLE_DISABLED'))).toEqual([
      expect.stringContaining('PORTHOLE_DISABLED lists "loggs", which is not valid'),
    ]);
  });
});

describe('a request that is not sampled', () => {
  test.each([
    ['the sampler', { OTEL_TRACES_SAMPLER: 'always_off' }],
    ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'true' }],
  ])('by %s passes its context on, and has its trace in its lines', async (_, env) => {
    const seen = await run(env);
    expect(seen.passedOn).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-00$`));
    for (const message of ['inside', 'GET unmatched 200']) {
      const line = seen.lines.find((one) => one.message === message);
      expect(line).toMatchObject({ trace_id: TRACE_ID, trace_flags: '00' });
    }
  });

  test('for want of an exporter there is none: the context goes on as it came', async () => {
    const seen = await run({ OTEL_TRACES_EXPORTER: 'none' });
    expect(seen.passedOn).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-01$`));
    expect(seen.lines.find(({ message }) => message === 'inside')).toMatchObject({ trace_id: TRACE_ID });
  });
});
