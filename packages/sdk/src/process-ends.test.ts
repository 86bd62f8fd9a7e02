/**
 * Every way in which a process can end: the spans are accounted for, requests have their lines, and a worker's end is
 * its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** What the receiver has of each program, by the path that it exports to. */
const received = new Map<string, string[]>();
let receiver: Server;
let programs = 0;
const folder = mkdtempSync(join(tmpdir(), 'porthole-ends-'));

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const { resourceSpans } = JSON.parse((await request.toArray()).join(''));
    const spans: { name: string }[] = resourceSpans[0].scopeSpans.flatMap((scope: { spans: unknown }) => scope.spans);
    const path = String(request.url).replace('/v1/traces', '');
    received.set(path, [...(received.get(path) ?? []), ...spans.map(({ name }) => name)]);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterAll(() => {
  receiver.close();
  rmSync(folder, { recursive: true });
});

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

interface Program {
  readonly child: ChildProcess;
  /** Resolves to the port that the program has sent. */
  readonly port: Promise<number>;
  readonly ended: Promise<Ending>;
  /** Names of the spans that have arrived so far. */
  spans(): readonly string[];
}

interface Ending {
  readonly code: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
  /** Names of the spans that have arrived. */
  readonly spans: readonly string[];
}

const PRELUDE = `
  import { createServer, get } from 'node:http';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Worker } from 'node:worker_threads';
  import { startPorthole } from '@porthole/sdk';
  const { logger, tracer, withRecord, onShutdown } = startPorthole({ service: 'orders' });
  const work = (name) => withRecord({ name }, async () => {});
  const serve = (listener) => {
    const server = createServer(listener).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  };
`;

function run(source: string, env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Program {
  const path = `/${programs++}`;
  const started = spawn(process.execPath, [...args, '--input-type=module', '--eval', PRELUDE + source], {
    cwd: PACKAGE,
    env: {
      PORTHOLE_CONTROL: 'off',
      PORTHOLE_ADMIN_PORT: 'off',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child = started;
  let stdout = '';
  let stderr = '';
  started.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  started.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const spans = (): readonly string[] => received.get(path) ?? [];
  const ended = once(started, 'close').then(([code]) => ({
    code,
    lines: stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
    stderr,
    spans: spans(),
  }));
  return { child: started, port: once(started, 'message').then(([{ port }]) => port), ended, spans };
}

const messages = ({ lines }: Ending): unknown[] => lines.map(({ message }) => message);

/** What the line about lost spans states; undefined without one. */
function lossOf({ lines }: Ending): Record<string, unknown> | undefined {
  const found = lines.filter((line) => 'porthole.spans.unsent' in line);
  expect(found.length).toBeLessThan(2);
  return found[0];
}

function counts(created: number, exported: number, dropped: number, unsent: number): Record<string, unknown> {
  return {
    'porthole.spans.created': created,
    'porthole.spans.exported': exported,
    'porthole.spans.failed': 0,
    'porthole.spans.dropped': dropped,
    'porthole.spans.unsent': unsent,
  };
}

/** Sends a request whose end nobody waits for. */
function ask(port: number, path: string): void {
  get({ host: '127.0.0.1', port, path }).on('error', () => {});
}

describe('the spans', () => {
  test('are exported when nothing is left to do', async () => {
    const ending = await run(`await work('first'); await work('second');`).ended;
    expect(ending).toMatchObject({ code: 0, spans: ['first', 'second'] });
    expect(lossOf(ending)).toBeUndefined();
  });

  test('are exported when nothing is left to do for a second time', async () => {
    const ending = await run(`
      await work('first');
      process.once('beforeExit', () => setTimeout(() => work('second'), 100));
      process.exitCode = 3;
    `).ended;
    expect(ending).toMatchObject({ code: 3, spans: ['first', 'second'] });
    expect(lossOf(ending)).toBeUndefined();
  });

  test('that a dead receiver keeps from leaving are counted when nothing is left to do', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
    const ending = await run(`await work('first'); await work('second');`, env).ended;
    expect(ending.code).toBe(0);
    expect(lossOf(ending)).toMatchObject(counts(2, 0, 0, 2));
  });

  test.each([
    ['by process.exit', `process.exit(4);`, 4],
    [
      'by process.exit in a listener of SIGTERM',
      `process.on('SIGTERM', () => process.exit(5)); process.kill(process.pid, 'SIGTERM'); await sleep(9000);`,
      5,
    ],
  ])('that have not left when the process ends %s are counted in one line', async (_, end, code) => {
    const ending = await run(`
      await work('first');
      const open = tracer.startSpan('open');
      ${end}
    `).ended;
    expect(ending).toMatchObject({ code, spans: [] });
    expect(lossOf(ending)).toMatchObject({
      level: 'warn',
      message: '2 of 2 spans were not exported',
      ...counts(2, 0, 0, 2),
    });
  });

  test.each([
    ['an exception', `setImmediate(() => { throw new Error('boom'); });`],
    ['a rejection', `Promise.reject(new Error('boom'));`],
  ])('are exported at %s', async (_, end) => {
    const ending = await run(`await work('first'); ${end} setInterval(() => {}, 1000);`).ended;
    expect(ending).toMatchObject({ code: 1, spans: ['first'] });
    expect(lossOf(ending)).toBeUndefined();
  });

  test('leave from the signal on, long before their interval, so that process.exit loses little', async () => {
    const program = run(`
      process.on('SIGTERM', () => work('first'));
      process.on('message', () => process.exit(0));
      process.kill(process.pid, 'SIGTERM');
    `);
    await vi.waitFor(() => expect(program.spans()).toEqual(['first']), { timeout: 10_000 });
    program.child.send('received');
    const ending = await program.ended;
    expect(ending).toMatchObject({ code: 0, spans: ['first'] });
  });
});

describe('the lines', () => {
  test.each([
    ['process.exit', 'process.exit(2);', 2],
    ['an exception', `setImmediate(() => { throw new Error('boom'); });`, 1],
    ['an empty event loop', '', 0],
  ])('of listeners of exit arrive, at an end by %s', async (_, end, code) => {
    const ending = await run(`
      process.on('exit', () => { for (let n = 0; n < 1000; n++) logger.info({ n }, 'in exit'); });
      ${end}
    `).ended;
    expect(ending.code).toBe(code);
    expect(ending.lines.filter(({ message }) => message === 'in exit').map(({ n }) => n)).toEqual(
      Array.from({ length: 1000 }, (_, n) => n),
    );
  });
});

describe('a request in flight', () => {
  const SILENT = `serve((request) => { if (request.url === '/last') END; });`;

  test.each([
    ['process.exit', 'process.exit(6)', 6],
    ['an exception', `setImmediate(() => { throw new Error('boom'); })`, 1],
  ])('has its line as aborted when the process ends by %s', async (_, end, code) => {
    const program = run(SILENT.replace('END', end));
    const port = await program.port;
    ask(port, '/open');
    ask(port, '/last');
    const ending = await program.ended;
    expect(ending.code).toBe(code);
    const requests = ending.lines.filter((line) => 'http.request.method' in line);
    expect(requests.map((line) => [line['url.path'], line.aborted])).toEqual(
      expect.arrayContaining([
        ['/open', true],
        ['/last', true],
      ]),
    );
    expect(requests).toHaveLength(2);
  });

  test('that the shutdown cuts off is named, and the exit is not clean', async () => {
    const program = run(
      `serve((request, response) => {
        // An event stream has no end of its own.
        if (request.url === '/events') response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\\n\\n');
        if (request.url === '/last') process.kill(process.pid, 'SIGTERM');
      });`,
      { PORTHOLE_SHUTDOWN_DEADLINE: '2s' },
    );
    const port = await program.port;
    ask(port, '/events');
    ask(port, '/open');
    ask(port, '/last');
    const ending = await program.ended;
    expect(ending.code).toBe(143);
    const line = ending.lines.find(({ message }) => String(message).includes('cut off by the shutdown'));
    expect(line).toMatchObject({ level: 'warn', message: 'requests in flight are cut off by the shutdown: 3' });
    expect(line?.requests).toEqual(expect.arrayContaining(['GET /events', 'GET /open', 'GET /last']));
    expect(ending.lines.filter(({ aborted }) => aborted === true)).toHaveLength(3);
  });
});

describe('a worker thread', () => {
  const WORKER = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { startPorthole } = require('@porthole/sdk');
    const { logger } = startPorthole({ service: 'worker' });
    logger.info('in the worker');
    if (workerData === 'throws') throw new Error('boom');
    if (workerData === 'rejects') Promise.reject(new Error('boom'));
    if (workerData === 'exits') process.exit(7);
  `;

  test.each([{}, { PORTHOLE_DISABLED: 'true' }])(
    'that fails tells the thread that started it, with %j',
    async (env) => {
      const ending = await run(
        `for (const workerData of ['throws', 'rejects', 'exits', 'ends']) {
        const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true, workerData, execArgv: [] });
        worker.on('error', (error) => logger.info(workerData + ': error ' + error.message));
        worker.on('exit', (code) => logger.info(workerData + ': exit ' + code));
      }`,
        env,
      ).ended;
      expect(ending).toMatchObject({ code: 0, stderr: '' });
      expect(messages(ending)).toEqual(
        expect.arrayContaining([
          'throws: error boom',
          'throws: exit 1',
          'rejects: error boom',
          'rejects: exit 1',
          'exits: exit 7',
          'ends: exit 0',
        ]),
      );
      expect(messages(ending).filter((message) => message === 'in the worker')).toHaveLength(4);
      // The line is the process's: a worker that ends does not end it.
      expect(messages(ending).filter((message) => /^nothing is left/.test(String(message)))).toHaveLength(1);
      expect(messages(ending).filter((message) => /not open|in use|uncaught|unhandled/.test(String(message)))).toEqual(
        [],
      );
    },
  );

  test('of a pool gives its caller the error of the job', async () => {
    const filename = join(folder, 'job.mjs');
    writeFileSync(
      filename,
      `import { startPorthole } from '${new URL('../dist/index.js', import.meta.url)}';
       startPorthole();
       export default () => { throw new RangeError('out of stock'); };`,
    );
    const ending = await run(`
      import { Piscina } from 'piscina';
      const pool = new Piscina({ filename: ${JSON.stringify(filename)}, execArgv: [] });
      await pool.run(1).catch(({ name, message }) => logger.info(name + ': ' + message));
      await pool.destroy();
    `).ended;
    expect(ending.code).toBe(0);
    expect(messages(ending)).toContain('RangeError: out of stock');
  });
});

describe('the kill switch', () => {
  const env = { PORTHOLE_DISABLED: 'true' };

  test.each([
    ['an exception', `setImmediate(() => { throw new Error('boom'); });`],
    ['a rejection', `Promise.reject(new Error('boom'));`],
  ])('leaves %s to Node.js, and the lines arrive', async (_, source) => {
    const ending = await run(`logger.info('before'); ${source} setInterval(() => {}, 1000);`, env).ended;
    expect(ending.code).toBe(1);
    expect(ending.stderr).toContain('Error: boom');
    expect(ending.stderr).toContain('Node.js v');
    expect(messages(ending)).toEqual(['before']);
  });

  test('leaves both to the application', async () => {
    const ending = await run(
      `process.on('uncaughtException', ({ message }) => logger.info('heard ' + message));
       setImmediate(() => { throw new Error('boom'); });`,
      env,
    ).ended;
    expect(ending.code).toBe(0);
    expect(messages(ending)).toContain('heard boom');
  });
});
