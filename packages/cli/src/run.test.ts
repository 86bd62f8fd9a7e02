import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from './command-names.js';
import { createTestApp, dist, endingOf } from './testing/run-app.js';

const app = createTestApp(
  'app.mjs',
  `
  import { createRun } from ${dist('cli', 'index.js')};
  import { PortholeError } from ${dist('core', 'index.js')};
  const run = createRun(async (options, held) => {
    if (process.env.HOLD) {
      console.log('holding');
      await new Promise((resolve) => setTimeout(resolve, Number(process.env.HOLD)));
      console.log('held', held.release().join());
    }
    console.log('service', options.service);
  });
  const mains = {
    ok: () => console.log('main', JSON.stringify(process.argv.slice(2))),
    throws: () => { setInterval(() => {}, 1000); throw new TypeError('broken wiring'); },
    rejects: async () => { throw new PortholeError('the port is in use', { code: 'PORTHOLE_TEST' }); },
    // As \`main: import('./server.js')\` does it.
    promise: process.env.MAIN === 'promise' && Promise.resolve(setInterval(() => {}, 1000)),
    wrong: () => import('data:text/javascript,const%20x%20=%20;'),
    caught: () => {
      process.on('uncaughtException', (error) => { console.log('crash handling:', error.message); process.exit(7); });
      throw new Error('broken wiring');
    },
  };
  run({
    service: 'orders',
    version: '1.4.2',
    appCommands: ['migrate'],
    main: mains[process.env.MAIN ?? 'ok'],
    ...(process.env.COMMANDS ? { commands: JSON.parse(process.env.COMMANDS) } : {}),
  });
  `,
);
afterAll(() => app.close());

describe('the service', () => {
  test.each([[[]], [['--port', '3000']], [['--', 'status']], [['migrate', 'up']]])(
    'is started with the arguments %j, Porthole first',
    async (args) => {
      expect(await app.run(args)).toEqual({
        code: 0,
        signal: null,
        stdout: `service orders\nmain ${JSON.stringify(args)}\n`,
        stderr: '',
      });
    },
  );

  test('keeps the signals that arrive before it has taken over', async () => {
    const child = app.start([], { HOLD: '300' });
    const ending = endingOf(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill('SIGTERM');
    child.kill('SIGUSR1');
    expect(await ending).toMatchObject({
      code: 0,
      stdout: 'holding\nheld SIGTERM\nservice orders\nmain []\n',
      stderr: '',
    });
  });

  test('that does not compile ends with 1 and shows where, as Node.js does', async () => {
    const { code, stderr } = await app.run([], { MAIN: 'wrong' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^data:text\/javascript,const%20x%20=%20;:1\nconst x = ;\n {10}\^\n\nSyntaxError: /);
  });

  test('that cannot start ends with 1 and the stack on stderr, whatever it has left open', async () => {
    const { code, stderr } = await app.run([], { MAIN: 'throws' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^TypeError: broken wiring\n +at .*app\.mjs/);
  });

  test('that fails with an error that says all ends with 1 and one line', async () => {
    expect(await app.run([], { MAIN: 'rejects' })).toMatchObject({
      code: 1,
      stderr: 'the port is in use (PORTHOLE_TEST)\n',
    });
  });

  test('whose main is no function ends with 64 and says so, though it has begun by itself', async () => {
    expect(await app.run([], { MAIN: 'promise' })).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(/^run: main is a promise: expected a function .+\n$/),
    });
  });

  test('that fails after crash handling has been installed ends through it', async () => {
    const { code, stdout } = await app.run([], { MAIN: 'caught' });
    expect({ code, stdout }).toEqual({ code: 7, stdout: 'service orders\ncrash handling: broken wiring\n' });
  });
});

describe('a word that is no command', () => {
  const refusal = (word: string, hint: string): string =>
    `unknown command "${word}": ${hint} Nothing was started; words for the application itself follow "--".\n`;

  test('starts nothing, exits with 64 and says what may have been meant', async () => {
    expect(await app.run(['statsu'])).toEqual({
      code: 64,
      signal: null,
      stdout: '',
      stderr: refusal('statsu', 'did you mean "status"?'),
    });
    expect(await app.run(['migarte'])).toMatchObject({
      code: 64,
      stderr: refusal('migarte', 'did you mean "migrate"?'),
    });
    expect(await app.run(['x\ny'])).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(
        /^unknown command "x\\ny": there are healthcheck, .+, migrate\. Nothing was started; .+\n$/,
      ),
    });
  });

  test('is any command without its namespace, where only that is allowed', async () => {
    const env = { COMMANDS: '"namespaced"' };
    expect(await app.run(['status'], env)).toMatchObject({
      code: 64,
      stderr: refusal('status', 'did you mean "porthole status"?'),
    });
    expect(await app.run(['porthole', 'version'], env)).toMatchObject({ code: 0 });
  });

  test('is a command that is not allowed; a health check still ends with 1', async () => {
    const env = { COMMANDS: '["status"]' };
    expect(await app.run(['version'], env)).toMatchObject({
      code: 64,
      stderr: refusal('version', 'there are status, migrate.'),
    });
    expect(await app.run(['healthcheck'], env)).toMatchObject({ code: 1 });
  });
});

describe('commands that need no running app', () => {
  const node = process.versions.node;

  test('version', async () => {
    const { code, stdout, stderr } = await app.run(['version']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^orders 1\\.4\\.2, Porthole \\d+\\.\\d+\\.\\d+, Node\\.js ${node}\n$`));
    const json = await app.run(['version', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ service: 'orders', version: '1.4.2', node });
  });

  test('help lists every command that is allowed and how to call it', async () => {
    const { code, stdout } = await app.run(['help']);
    expect(code).toBe(0);
    expect(stdout).toContain('node app.mjs COMMAND\n');
    expect(stdout).toContain('/nodejs/bin/node /app/app.mjs COMMAND\n');
    expect(stdout).toMatch(/^ {2}log-level {4}Shows the log level/m);
    const limited = await app.run(['help'], { COMMANDS: '["help","status"]' });
    expect(limited.stdout).toContain('  status  ');
    expect(limited.stdout).not.toContain('metrics');
  });

  test.each(['--help', '-h'])('%s by itself is help, and starts nothing', async (flag) => {
    expect(await app.run([flag])).toEqual(await app.run(['help']));
  });

  test.each(COMMAND_NAMES)('help %s fits 80 columns and explains each option', async (name) => {
    const { stdout } = await app.run(['help', name]);
    const rows = stdout.split('\n');
    expect(rows.filter((row) => row.length > 80)).toEqual([]);
    for (const [flag] of stdout.matchAll(/(?<=\[)--[a-z-]+/g)) expect(stdout).toMatch(new RegExp(`^  ${flag}\\b`, 'm'));
  });

  test('help fits 80 columns', async () => {
    const { stdout } = await app.run(['help']);
    expect(stdout.split('\n').filter((row) => row.length > 80)).toEqual([]);
  });

  test('help says what a command takes, and so does --help', async () => {
    const expected = [
      'node app.mjs healthcheck [live|ready|startup] [--timeout 800ms]',
      '    [--blocked-for 10s] [--url http://127.0.0.1:3000/health] [--allow-remote]',
      '    [--verbose]',
      '',
      'Asks whether the app is well, for HEALTHCHECK and exec probes: exits with 0 or 1',
      'and nothing else.',
      '',
      '  live|ready|startup    Which of the three probes is asked; ready by default.',
      '  --timeout 800ms       How long the answer may take, from 1ms to 60s; 800ms by',
      '                        default.',
      '  --blocked-for 10s     How long a blocked event loop still counts as live, from',
      '                        1ms to 60s; 10s by default.',
      '  --url http://127.0.0.1:3000/health',
      '                        Asks this server, which need not be of Porthole; a',
      '                        status from 200 to 399 is healthy.',
      '  --allow-remote        Lets --url be on another machine.',
      '  --verbose             Prints every check, and why each probe is slow.',
      '',
    ].join('\n');
    expect(await app.run(['help', 'healthcheck'])).toMatchObject({ code: 0, stdout: expected });
    expect(await app.run(['healthcheck', '--help'])).toMatchObject({ code: 0, stdout: expected });
  });

  test('config shows every setting and its source', async () => {
    const { code, stdout, stderr } = await app.run(['config'], { LOG_LEVEL: 'debug' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^LOG_LEVEL +"debug" +LOG_LEVEL$/m);
    expect(stdout).toMatch(/^OTEL_SERVICE_NAME +"orders" +option service$/m);
    const json = JSON.parse((await app.run(['config', '--json'])).stdout);
    expect(json.settings).toContainEqual({ name: 'LOG_LEVEL', value: '"info"', source: 'default' });
    expect(json).toMatchObject({ ok: true, problems: [], notes: [] });
  });

  test('config begins with a verdict and fits 80 columns, whatever is set', async () => {
    const env = {
      PORTHOLE_IGNORE_PATHS: `/a,/${'b'.repeat(100)},/c`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://collector.observability.svc.cluster.local:4318/${'p'.repeat(60)}`,
    };
    for (const variables of [{}, env]) {
      const rows = (await app.run(['config'], variables)).stdout.split('\n');
      expect(rows[0]).toBe('the configuration is good');
      expect(rows.filter((row) => row.length > 80)).toEqual([]);
    }
  });

  test('config shows values in the words that a variable takes', async () => {
    const { stdout } = await app.run(['config'], { PORTHOLE_WATCHDOG: '1' });
    expect(stdout).toMatch(/^PORTHOLE_WATCHDOG +on +PORTHOLE_WATCHDOG$/m);
    expect(stdout).toMatch(/^PORTHOLE_STRICT +off +default$/m);
    expect(stdout).toMatch(/^OTEL_SDK_DISABLED +false +default$/m);
    expect(stdout).toMatch(/^OTEL_BSP_MAX_QUEUE_SIZE +no limit +default$/m);
    expect(stdout).toMatch(/^PORTHOLE_TRACE_KEEP_SLOWER_THAN +off +default$/m);
  });

  test('config --check prints the verdict alone', async () => {
    expect(await app.run(['config', '--check'])).toMatchObject({
      code: 0,
      stdout: 'the configuration is good\n',
      stderr: '',
    });
    const { code, stdout } = await app.run(['config', '--check'], { LOG_LEVEL: 'loud' });
    expect({ code, stdout }).toEqual({ code: 78, stdout: 'the configuration is not good: 1 problem\n' });
  });

  test.each([
    [{ PORTHOLE_SHUTDOWN_DELAY: '10s' }, /^PORTHOLE_SHUTDOWN_DELAY=10s leaves no time/],
    [{ PORTHOLE_DIR: '/nowhere' }, /^no folder can hold the control socket: \/nowhere \(ENOENT.*set PORTHOLE_DIR/],
  ])('config --check finds what the start would: %o', async (env, problem) => {
    const { code, stdout, stderr } = await app.run(['config', '--check'], env);
    expect({ code, stdout }).toEqual({ code: 78, stdout: 'the configuration is not good: 1 problem\n' });
    expect(stderr).toMatch(problem);
  });

  test('config names what Porthole does not know', async () => {
    const { code, stderr } = await app.run(['config', '--check'], { PORTHOLE_COLOUR_SCHEME: 'dark' });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'PORTHOLE_COLOUR_SCHEME is not known to Porthole: it has no effect\n',
    });
  });

  test('config --check exits with 78 where a setting is bad', async () => {
    const env = { PORTHOLE_SHUTDOWN_DEADLINE: 'soon' };
    const bad = await app.run(['config', '--check'], env);
    expect(bad.code).toBe(78);
    expect(bad.stderr).toMatch(/^PORTHOLE_SHUTDOWN_DEADLINE="soon" is not valid: expected .+\n$/);
    expect(await app.run(['config'], env)).toMatchObject({ code: 0, stderr: bad.stderr });
    expect(await app.run(['config', '--check'])).toMatchObject({ code: 0, stderr: '' });
  });
});

test.each([
  [['status', '--jsn'], 'status: unknown option "--jsn"; allowed: --json\n'],
  [
    ['log-level', 'loud'],
    'log-level: unexpected "loud"; expected one of trace, debug, info, warn, error, fatal, silent\n',
  ],
])('wrong usage %j is 64 and one line', async (args, stderr) => {
  expect(await app.run(args)).toEqual({ code: 64, signal: null, stdout: '', stderr });
});

test.each(['status', 'health', 'metrics', 'log-level'])('%s without a running app is 69', async (command) => {
  const { code, stdout, stderr } = await app.run([command]);
  expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
  expect(stderr).toBe(`${command}: no running app found: no control socket in ${app.directory}\n`);
  const { stderr: without } = await app.run([command], { PORTHOLE_DIR: '', TMPDIR: app.directory });
  expect(without).toContain(`in ${app.directory} or /dev/shm\n`);
});

describe('healthcheck', () => {
  test('is 1 and one line where nothing runs', async () => {
    expect(await app.run(['healthcheck'])).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: 'no running app found: PORTHOLE_ADMIN_PORT is off and no control socket\n',
    });
  });

  test.each([[['--retries=3']], [['alive']], [['--timeout=soon']], [['--timeout', '0']]])(
    'is 1 and one line for the bad arguments %j',
    async (args) => {
      const { code, stdout, stderr } = await app.run(['healthcheck', ...args]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^healthcheck: .+\n$/);
    },
  );

  test('loads nothing of the service, of core, or of HTTP', async () => {
    const lean = createTestApp(
      'app.cjs',
      `
      require(${dist('cli', 'index.cjs')}).createRun(() => { throw new Error('started'); })({ main: () => {} });
      process.on('exit', () => process.stderr.write(JSON.stringify([...Object.keys(require.cache), ...process.moduleLoadList])));
      `,
    );
    const { stderr } = await lean.run(['healthcheck']);
    lean.close();
    const [message, list = ''] = stderr.split('\n');
    expect(message).toContain('no running app found');
    const loaded: string[] = JSON.parse(list);
    expect(loaded).toContain('NativeModule net');
    expect(loaded.filter((name) => /packages\/(?!cli|healthcheck|lifecycle)\w+/.test(name))).toEqual([]);
    expect(loaded.filter((name) => /NativeModule (http|https|crypto|worker_threads|dns)$/.test(name))).toEqual([]);
  });
});
