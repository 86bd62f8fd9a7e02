/** P13: configuration never stops a service, and says in one line what is wrong. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { run } from '../harness/process.js';
import { APP, freePort, type Service, startExample } from '../harness/service.js';

let service: Service | undefined;

afterEach(async () => {
  await service?.dispose();
  service = undefined;
});

const BAD_VALUES: readonly (readonly [name: string, value: string])[] = [
  ['LOG_LEVEL', 'loud'],
  ['PORTHOLE_LOG_FORMAT', 'xml'],
  ['PORTHOLE_ADMIN_HOST', 'not a host\u0007'],
  ['PORTHOLE_SHUTDOWN_DEADLINE', 'soon'],
  ['PORTHOLE_SHUTDOWN_DELAY', '-1s'],
  ['PORTHOLE_CONTROL', 'maybe'],
  ['PORTHOLE_STRICT', 'very'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'carrier-pigeon'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', 'long'],
  ['OTEL_TRACES_EXPORTER', 'console'],
  ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ['OTEL_SERVICE_NAME', 'x'.repeat(100_000)],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz'],
];

describe('a bad value', () => {
  test('of every variable at once: the service starts, says each once, and counts them', async () => {
    service = await startExample(Object.fromEntries(BAD_VALUES));
    expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    for (const [name] of BAD_VALUES) {
      const said = service.lines().filter(({ message }) => String(message).startsWith(`${name}=`));
      expect(said, name).toHaveLength(1);
      expect(said[0]).toMatchObject({ level: 'error' });
      expect(said[0]?.message).toMatch(/ is not valid: expected .+; using .+ \(/);
      expect(String(said[0]?.message).length).toBeLessThan(500);
    }
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    expect(metrics).toContain(`porthole_internal_errors_total{component="config"} ${BAD_VALUES.length}`);
    expect(service.stderr()).toBe('');
  });

  test('of PORTHOLE_ADMIN_PORT falls back to the default port', async () => {
    service = await startExample({ PORTHOLE_ADMIN_PORT: '70000' });
    const said = service.lines().filter(({ message }) => String(message).startsWith('PORTHOLE_ADMIN_PORT='));
    expect(said[0]?.message).toBe(
      'PORTHOLE_ADMIN_PORT="70000" is not valid: expected a port from 0 to 65535, or "off"; using 9464 (the default)',
    );
  });
});

describe('what cannot be had at run time', () => {
  test('an admin port in use: one line that names it, and the service runs without', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '0.0.0.0');
    try {
      service = await startExample({ PORTHOLE_ADMIN_PORT: String(port) });
      const [line] = await service.linesLike(({ message }) => String(message).includes('PORTHOLE_ADMIN_PORT'));
      expect(line?.level).toBe('error');
      expect(line?.message).toContain(String(port));
      expect((await fetch(`${service.url}/orders`)).status).toBe(200);
      expect((await service.command('healthcheck')).code).toBe(0);
    } finally {
      other.close();
    }
  });

  test('an unusable socket directory: one line that names it, and the service runs without', async () => {
    service = await startExample({ PORTHOLE_DIR: '/proc/nowhere' });
    const [line] = await service.linesLike(({ message }) => String(message).includes('PORTHOLE_DIR'));
    expect(line?.message).toContain('/proc/nowhere');
    expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    expect((await service.command('healthcheck')).code).toBe(0);
  });
});

describe('PORTHOLE_STRICT=on', () => {
  const strict = (env: Readonly<Record<string, string>>) =>
    run(process.execPath, [APP], { env: { PORTHOLE_STRICT: 'on', PORTHOLE_ADMIN_PORT: 'off', PORT: '0', ...env } });

  test('exits 78 on bad values, with a line for each and no stack trace', async () => {
    const outcome = await strict({ LOG_LEVEL: 'loud', PORTHOLE_SHUTDOWN_DEADLINE: 'soon' });
    expect(outcome.code).toBe(78);
    const messages = outcome.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    expect(messages).toEqual([
      expect.stringMatching(/^LOG_LEVEL="loud" is not valid: /),
      expect.stringMatching(/^PORTHOLE_SHUTDOWN_DEADLINE="soon" is not valid: /),
      'PORTHOLE_STRICT is on: the service is not started and exits with 78',
    ]);
    expect(outcome.stderr).toBe('');
  });

  test('exits 78 on an admin port in use', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '0.0.0.0');
    try {
      expect((await strict({ PORTHOLE_ADMIN_PORT: String(port) })).code).toBe(78);
    } finally {
      other.close();
    }
  });

  test('`config --check` says the same without starting the service', async () => {
    const outcome = await run(process.execPath, [APP, 'config', '--check'], { env: { LOG_LEVEL: 'loud' } });
    expect(outcome.code).toBe(78);
    expect(outcome.stderr).toContain('LOG_LEVEL="loud" is not valid');
  });
});
