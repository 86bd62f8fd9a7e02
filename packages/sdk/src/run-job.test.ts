import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** The mains keep a timer and a server open, which must not keep the process. */
const PROGRAM = `
  import { createServer } from 'node:http';
  import { run } from '@porthole/sdk/run';
  const mains = {
    done: async () => { await import('node:timers/promises').then(({ setTimeout }) => setTimeout(20)); },
    rejects: async () => { throw new RangeError('no such report'); },
    throws: () => { throw new RangeError('no such report'); },
    aborts: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    abortsWithError: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    hangs: () => new Promise(() => {}),
    crashes: () => new Promise(() => setTimeout(() => { throw new RangeError('no such report'); })),
    listens: async ({ signal }) => { signal.addEventListener('abort', () => console.log('{"message":"cancelled"}')); },
  };
  setInterval(() => {}, 1000);
  createServer(() => {}).listen(0, '127.0.0.1');
  run({ service: 'nightly-report', mode: 'job', main: (job) => {
    process.send('running');
    return mains[process.env.MAIN](job);
  } });
`;

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

async function run(main: string, signal?: NodeJS.Signals, more: Readonly<Record<string, string>> = {}) {
  child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: PACKAGE,
    env: {
      MAIN: main,
      PORTHOLE_CONTROL: 'off',
      PORTHOLE_ADMIN_PORT: '1',
      PORTHOLE_SHUTDOWN_DEADLINE: '500ms',
      ...more,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  await once(child, 'message');
  if (signal !== undefined) child.kill(signal);
  const [code, endedBy] = await once(child, 'close');
  const lines: Record<string, unknown>[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { code, endedBy, lines, line: (message: string) => lines.find((line) => line.message === message) };
}

describe('a job', () => {
  test('is one unit of work, and ends the process when it is done, without an admin port', async () => {
    const { code, lines, line } = await run('done');
    expect(code).toBe(0);
    expect(line('nightly-report')).toMatchObject({ level: 'info', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(line('shutting down')).toMatchObject({ reason: 'the job is done' });
    // Port 1 is nobody's who is not root; nobody has tried.
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each(['rejects', 'throws'])('that %s is told of with its error, and the exit code is 1', async (main) => {
    const { code, line } = await run(main);
    expect(code).toBe(1);
    expect(line('nightly-report')).toMatchObject({ level: 'error', 'exception.type': 'RangeError' });
    expect(line('the job has failed')).toMatchObject({ level: 'fatal', 'exception.message': 'no such report' });
  });

  test('that comes to an end when it is asked to is a clean end', async () => {
    expect(await run('aborts', 'SIGTERM')).toMatchObject({ code: 0, endedBy: null });
  });

  test('that fails when it is asked to end has failed', async () => {
    expect(await run('abortsWithError', 'SIGTERM')).toMatchObject({ code: 1, endedBy: null });
  });

  test('that does not end is ended at the deadline, and told of as far as it got', async () => {
    const { line, ...ending } = await run('hangs', 'SIGTERM');
    expect(ending).toMatchObject({ code: 128 + 15, endedBy: null });
    expect(line('nightly-report')).toMatchObject({ level: 'error', aborted: true });
  });

  test('that is under way at a crash is told of as far as it got', async () => {
    const { code, line } = await run('crashes');
    expect(code).toBe(1);
    expect(line('uncaught exception')).toMatchObject({ level: 'fatal', 'exception.type': 'RangeError' });
    expect(line('nightly-report')).toMatchObject({ level: 'error', aborted: true });
  });

  test('that is done by itself is not asked to end', async () => {
    const { code, line } = await run('listens');
    expect(code).toBe(0);
    expect(line('cancelled')).toBeUndefined();
  });

  test('pushes its metrics at its end, the observation of its own work among them', async () => {
    const bodies: Record<string, string> = {};
    const receiver = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      bodies[request.url ?? ''] = body;
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const outcome = await run('done', undefined, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    });
    receiver.close();
    expect(outcome.code).toBe(0);
    expect(Object.keys(bodies).sort()).toEqual(['/v1/metrics', '/v1/traces']);
    const [{ resource, scopeMetrics }] = JSON.parse(bodies['/v1/metrics'] ?? '').resourceMetrics;
    expect(JSON.stringify(resource)).toContain('nightly-report');
    const work = scopeMetrics[0].metrics.find(
      ({ name }: { name: string }) => name === 'porthole_work_duration_seconds',
    );
    expect(work.histogram.dataPoints).toMatchObject([{ count: '1' }]);
  });

  test('ends in time, and with its own exit code, where nobody takes its metrics', async () => {
    const { code, lines } = await run('done', undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect(code).toBe(0);
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toContain(
      'data points cannot be exported and are lost: http://127.0.0.1:1/v1/metrics fails with ECONNREFUSED',
    );
  });
});
