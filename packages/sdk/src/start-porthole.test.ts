import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

interface Line {
  readonly message: string;
  readonly 'service.name': string;
}

/** Runs `program` in a process of its own, to its end. */
function outcomeOf(program: string, env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE,
    encoding: 'utf8',
    env,
    timeout: 15_000,
  });
  const lines = stdout.trimEnd().split('\n');
  return { status, stderr, lines: lines.map((line): Line => JSON.parse(line)) };
}

test('a second call returns the instance that runs, keeps its options, and says so in one line', () => {
  const program = `
    import { porthole, startPorthole } from '@porthole/sdk';
    const first = startPorthole({ service: 'first' });
    const second = startPorthole({ service: 'second', logLevel: 'fatal' });
    first.logger.info(String(first === second && second === porthole()));
  `;
  const { status, stderr, lines } = outcomeOf(program, { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(lines.map(({ message }) => message)).toEqual([
    expect.stringContaining('startPorthole was called a second time'),
    'true',
    'nothing is left to do: the process ends',
  ]);
  expect(new Set(lines.map((line) => line['service.name']))).toEqual(new Set(['first']));
});

test.each([
  ['that ends at once', 'setTimeout(() => {}, 10);'],
  ['that goes on', 'setTimeout(() => {}, 1500);'],
])('variables that a program %s sets after the start are named in one line, others are not', (_, rest) => {
  const program = `
    import { startPorthole } from '@porthole/sdk';
    startPorthole();
    Object.assign(process.env, { LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', DATABASE_URL: 'x' });
    ${rest}
  `;
  const env = { PORTHOLE_ADMIN_PORT: 'off', PORTHOLE_CONTROL: 'off', OTEL_SERVICE_NAME: 'orders' };
  const { status, lines } = outcomeOf(program, env);
  expect(status).toBe(0);
  expect(lines.filter(({ message }) => message.includes('LOG_LEVEL'))).toEqual([
    expect.objectContaining({
      level: 'warn',
      message: expect.stringMatching(/^LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT: set after .*--env-file=.env/),
    }),
  ]);
});

test('a crash before the ports are open is told of, and not that they are not open', () => {
  const program = `
    import { startPorthole } from '@porthole/sdk';
    startPorthole({ adminPort: 0 });
    throw new Error('broken wiring');
  `;
  const { status, lines } = outcomeOf(program, {});
  expect(status).toBe(1);
  expect(lines).toMatchObject([{ message: 'uncaught exception', level: 'fatal' }]);
});

test.each(['off', 'on'])('a port that is left to the system is told of, with the watchdog %s', async (watchdog) => {
  const program = `
    import { startPorthole } from '@porthole/sdk';
    startPorthole({ adminPort: 0, adminHost: '127.0.0.1' });
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE,
    env: { PORTHOLE_CONTROL: 'off', PORTHOLE_WATCHDOG: watchdog },
  });
  const [chunk] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  expect(JSON.parse(String(chunk)).message).toMatch(/^the admin port is \d+, on 127\.0\.0\.1$/);
});
