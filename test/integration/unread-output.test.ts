/** A service whose output nobody reads, through the whole SDK: it answers, and ends by its deadline. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/process.js';
import { freePort } from '../harness/service.js';
import { type UnreadOutput, unreadPipe, unreadTerminal } from '../harness/unread-output.js';

const SDK = fileURLToPath(new URL('../../packages/sdk', import.meta.url));
const LIFECYCLE = fileURLToPath(new URL('../../packages/lifecycle', import.meta.url));
const NODE = [process.execPath, '--input-type=module', '--eval'];
/** As root's entry point does that starts the service as another user; the terminal stays root's. */
const ANOTHER_USER = ['setsid', '--ctty', 'setpriv', '--reuid=65534', '--clear-groups'];

/** Each request writes 100 kB: a terminal holds 20 kB of them, a pipe 64, and the sink 8 MiB. */
const SERVICE = `
  import { createServer } from 'node:http';
  import { startPorthole } from '@porthole/sdk';
  const { logger, onShutdown } = startPorthole({ service: 'orders' });
  let written = 0;
  const server = createServer((request, response) => {
    if (request.url === '/block') for (const until = Date.now() + 1500; Date.now() < until; );
    for (let i = 0; i < LINES_A_REQUEST; i++) logger.info({ i: written++, text: 'x'.repeat(270) }, 'line');
    response.end('ok');
  }).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  onShutdown('http', () => server.close());
`;
const LINES_A_REQUEST = 250;
const REQUESTS = 100;

let child: ChildProcess | undefined;
let output: UnreadOutput | undefined;
afterEach(async () => {
  child?.kill('SIGKILL');
  await output?.close();
  output = undefined;
});

interface Service {
  readonly child: ChildProcess;
  readonly port: number;
  readonly adminPort: number;
}

/** Both its outputs go the same way, as with `docker run -t` and `2>&1`, unless it has sockets. */
async function startService(env: Readonly<Record<string, string>>, prefix: readonly string[] = []): Promise<Service> {
  const adminPort = await freePort();
  const started = spawnOnto(
    output,
    [...prefix, ...NODE, SERVICE.replace('LINES_A_REQUEST', `${LINES_A_REQUEST}`)],
    SDK,
    {
      PORTHOLE_CONTROL: 'off',
      PORTHOLE_ADMIN_HOST: '127.0.0.1',
      PORTHOLE_ADMIN_PORT: String(adminPort),
      PORTHOLE_SHUTDOWN_DEADLINE: '3s',
      ...env,
    },
  );
  const [{ port }] = await once(started, 'message');
  return { child: started, port, adminPort };
}

function spawnOnto(to: UnreadOutput | undefined, command: readonly string[], cwd: string, env = {}): ChildProcess {
  const fd = to?.fd ?? 'pipe';
  const [program = '', ...args] = command;
  child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: [to?.fd ?? 'ignore', fd, fd, 'ipc'],
  });
  return child;
}

async function writeMuch({ port }: Service): Promise<void> {
  for (let i = 0; i < REQUESTS; i++) expect(await get(port, '/')).toBe(200);
}

/** The limit is far above what any machine needs: it ends a test that would hang. */
function ended(process: ChildProcess): Promise<unknown[]> {
  return once(process, 'exit', { signal: AbortSignal.timeout(15_000) });
}

async function end(service: Service): Promise<unknown[]> {
  const exit = ended(service.child);
  service.child.kill('SIGTERM');
  return exit;
}

const MODES = [
  ['by default', {}],
  ['in the pretty format', { PORTHOLE_LOG_FORMAT: 'pretty' }],
  ['with PORTHOLE_DISABLED=true', { PORTHOLE_DISABLED: 'true' }],
  ['with PORTHOLE_DISABLED=logs', { PORTHOLE_DISABLED: 'logs' }],
] as const;

describe.each([
  ['terminal', unreadTerminal],
  ['pipe', unreadPipe],
  ['socket', undefined],
] as const)('a %s that nobody reads', (_, create) => {
  test.each(MODES)('neither stalls the service nor keeps it from ending: %s', async (_, env) => {
    output = await create?.();
    const service = await startService(env);
    await writeMuch(service);
    expect(await get(service.adminPort, '/livez')).toBe(200);
    expect(await end(service)).toEqual([0, null]);
  });
});

describe('a terminal that nobody reads', () => {
  test.runIf(process.getuid?.() === 0)('stalls nothing either if it is that of another user (needs root)', async () => {
    output = await unreadTerminal();
    const service = await startService({}, ANOTHER_USER);
    await writeMuch(service);
    expect(await get(service.adminPort, '/livez')).toBe(200);
    expect(await end(service)).toEqual([0, null]);
  });

  test('does not stop the thread that answers probes, which has a line of its own to write', async () => {
    output = await unreadTerminal();
    const service = await startService({ PORTHOLE_WATCHDOG: 'on' });
    await writeMuch(service);
    expect(await get(service.port, '/block')).toBe(200);
    expect(await get(service.adminPort, '/livez')).toBe(200);
    expect(await end(service)).toEqual([0, null]);
  });

  test.each([
    ['by default', {}, REQUESTS * (LINES_A_REQUEST + 1)],
    ['with PORTHOLE_DISABLED=true', { PORTHOLE_DISABLED: 'true' }, REQUESTS * LINES_A_REQUEST],
  ])('gets one line with the exact number of missing lines when it is read: %s', async (_, env, written) => {
    output = await unreadTerminal();
    const service = await startService({ ...env, PORTHOLE_LOG_FORMAT: 'json' });
    await writeMuch(service);
    let text = '';
    const readable = output.read().setEncoding('utf8');
    readable.on('data', (part) => {
      text += part;
    });
    readable.resume();
    const notice = await eventually(
      'the number of missing lines',
      () => /"porthole.log.dropped":(\d+)/.exec(text)?.[1],
    );
    expect(await end(service)).toEqual([0, null]);
    const arrived = text.match(/"message":"(?:line|GET unmatched 200)"/g)?.length;
    expect(arrived).toBe(written - Number(notice));
  });

  test('holds up an instance that is not started for a second a line, and not for ever', async () => {
    output = await unreadTerminal();
    const program = `
      import { porthole } from '@porthole/sdk';
      for (let i = 0; i < 5; i++) porthole().logger.info({ text: 'x'.repeat(10_000) }, 'line');`;
    expect(await ended(spawnOnto(output, [...NODE, program], SDK))).toEqual([0, null]);
  });
});

describe.each([
  ['terminal', unreadTerminal],
  ['pipe', unreadPipe],
])('a %s that nobody reads, as stderr', (_, create) => {
  test('does not keep a process from ending that has no log', async () => {
    output = await create();
    const program = `
      import { createLifecycle } from '@porthole/lifecycle';
      const lifecycle = createLifecycle({ deadlineMs: 3000, delayMs: 0 });
      lifecycle.install();
      for (let i = 0; i < 1000; i++) lifecycle.onExit('drain', 'x'.repeat(100) + i, () => { throw new Error('no'); });
      process.kill(process.pid, 'SIGTERM');
      setInterval(() => {}, 1000);`;
    expect(await ended(spawnOnto(output, [...NODE, program], LIFECYCLE))).toEqual([0, null]);
  });
});

async function get(port: number, path: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5000) });
  await answer.text();
  return answer.status;
}
