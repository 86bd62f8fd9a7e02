/** The static programs, held to what the probe in Node.js says of the same servers. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  built,
  type Environment,
  NODE_PROBE,
  PROGRAMS,
  runProbe,
  type Said,
  SOURCES,
} from './testing/probe-clients.js';
import { SETTINGS, URLS } from './testing/setting-cases.js';
import { type StartedApp, startApp as start } from './testing/start-app.js';

const MAX_BYTES = 20 * 1024;

for (const { architecture, missing } of PROGRAMS) {
  if (missing === undefined) continue;
  test(`the static program for linux-${architecture} is not tested`, ({ skip }) => {
    if (process.env.PORTHOLE_REQUIRE_STATIC === '1') expect.fail(`PORTHOLE_REQUIRE_STATIC=1 asks for it: ${missing}`);
    skip(`not there: ${missing}`);
  });
}

let directory: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'static-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  rmSync(directory, { recursive: true });
});

const run = (command: readonly string[], args: readonly string[], env: Environment, uid?: number): Promise<Said> =>
  runProbe(command, args, { directory, env, uid });

/** An app with a control socket in `folder` that answers or not, and a heartbeat that was some time ago. */
async function startApp(folder: string, answers: boolean, beatAgoMs: number, uid?: number): Promise<StartedApp> {
  const app = await start({ folder, answers, beatAgoMs, uid });
  cleanUps.push(app.stop);
  return app;
}

/** A server below HTTP that says `text` to whoever has asked, and then ends the connection or not. */
async function serve(listener: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => {
    cleanUps.push(() => socket.destroy());
    socket.on('error', () => {});
    listener(socket);
  }).listen(0, host);
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const says =
  (text: string, ends = true) =>
  (socket: Socket): void => {
    socket.once('data', () => {
      socket.write(text, 'latin1');
      if (ends) socket.end();
    });
  };

const http = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const ANSWERS: readonly (readonly [name: string, listener: (socket: Socket) => void])[] = [
  ['all is well', says(http('200 OK', '[+]db ok\nreadyz check passed\n'))],
  ['a check fails', says(http('503 No', '[+]a ok\n[-]db failed: reason withheld\nreadyz check failed\n'))],
  ['checks fail for reasons', says(http('503 No', '[-]db failed: refused\n[-]q failed: full: 9\nx\n'))],
  ['no reason given', says(http('503 No', 'no'))],
  ['a page is not there', says(http('404 Not Found', ''))],
  ['it refuses', says(http('403 Forbidden', ''))],
  ['it redirects', says(http('302 Found', ''))],
  ['it is another protocol', says('SSH-2.0-OpenSSH_9.6\r\n')],
  ['there is no status line', says('content-length: 0\r\n\r\n')],
  ['the status is no number', says('HTTP/1.1 2x0 OK\r\n\r\n')],
  ['the version is another', says('HTTP/2 200 OK\r\n\r\n')],
  ['it has no length and ends', says('HTTP/1.0 200 OK\r\n\r\n[+]db ok\n')],
  ['it goes on after its length', says('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more', false)],
  ['it is cut', says('HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\n[-]db failed: x\n')],
  ['it is cut in its head', says('HTTP/1.1 200 OK\r\ncontent-le')],
  ['it says nothing and ends', (socket) => socket.end()],
  ['it closes at once', (socket) => socket.destroy()],
  ['it resets at once', (socket) => socket.resetAndDestroy()],
  ['it closes when it is asked', (socket) => socket.once('data', () => socket.end())],
  ['it resets when it is asked', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  [
    'it resets within its answer',
    (socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 503 No\r\n\r\n[-]a failed\n', () => setTimeout(() => socket.resetAndDestroy(), 50)),
      ),
  ],
  ['it answers before it is asked and closes', (socket) => socket.end('HTTP/1.1 503 No\r\n\r\n[-]a failed\n')],
  ...['000', '001', '099', '100', '199', '600', '999', '1000', '20', '2000', '+20', ' 200', '-20', '0x0', 'OK', ''].map(
    (status) => [`the status is ${JSON.stringify(status)}`, says(`HTTP/1.1 ${status} x\r\n\r\n`)] as const,
  ),
  ...[
    'HTTP/1.1 200',
    'HTTP/1.1 200 ',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1  200 OK',
    'http/1.1 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/0.9 200 OK',
    'HTTP/1.10 200 OK',
    ' HTTP/1.1 200 OK',
    '\r\nHTTP/1.1 200 OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1 200\0OK',
    'HTTP/1.1 200 \x1b[2J',
    'ICY 200 OK',
    '\0',
  ].map((line) => [`the status line is ${JSON.stringify(line)}`, says(`${line}\r\n\r\n`)] as const),
  ['an interim answer comes first', says(`HTTP/1.1 100 Continue\r\n\r\n${http('503 No', '[-]db failed: x\n')}`)],
  [
    'interim answers with headers come first, in pieces',
    (socket) => {
      const text = `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102\r\n\r\n${http('200 OK', 'ok\n')}`;
      socket.once('data', async () => {
        for (const piece of text.match(/.{1,9}/gs) ?? []) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      });
    },
  ],
  [
    'many interim answers come first',
    says(`${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(2000)}${http('200 OK', 'ok\n')}`),
  ],
  ['an interim answer is all there is', says('HTTP/1.1 100 Continue\r\n\r\n')],
  ['an interim answer is followed by another protocol', says('HTTP/1.1 100 Continue\r\n\r\nSSH-2.0-OpenSSH_9.6\r\n')],
  ['it switches protocols', says(`HTTP/1.1 101 Switching Protocols\r\n\r\n${http('200 OK', 'ok\n')}`)],
  ['an interim head is too long', says(`HTTP/1.1 103 x\r\nx: ${'x'.repeat(9000)}\r\n\r\n${http('200 OK', 'ok\n')}`)],
  ['its lines end in line feeds', says('HTTP/1.1 200 OK\n\nok')],
  [
    'it has another length in a body',
    says('HTTP/1.1 503 No\r\ncontent-length: 14\rX\r\ncontent-length: 15\r\n\r\n[-]db failed: x, and more'),
  ],
  [
    'its body has zeros and is not UTF-8',
    says(http('503 No', '[-]db failed: a\0b\x9b2J \xf0\x9f\xe2\x80 \xc3\n[-]q failed\r\n[-]r failed: y\r')),
  ],
  [
    'its body has lines of many kinds',
    says(
      http(
        '503 No',
        '[-]a failed: x\u2028y\u061c\rz\v\f \u00a0\u3000 b\t\tc\r\n\n [-]d failed\n'
          .split('')
          .map((c) => Buffer.from(c).toString('latin1'))
          .join(''),
      ),
    ),
  ],
  ['its head does not end', says(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(3000)}`, false)],
  ['its body is endless', says(`HTTP/1.1 503 No\r\n\r\n[-]db failed: long\n${'x'.repeat(100_000)}`, false)],
  [
    'its checks are written in many ways',
    says(
      http(
        '503 No',
        ['a failed', 'b failed: why', 'c failed, stale: x', 'd e failed: q', 'f failed failed: q', 'g failedx: y']
          .concat([
            'h failed. i',
            'j failed: reason withheld',
            'k failed: reason withheld by l',
            ' failed: m',
            'n.-o failed',
          ])
          .map((line) => `[-]${line}\n`)
          .join(''),
      ),
    ),
  ],
  ['it steers a terminal', says(http('503 No', '[-]db failed: \x1b[2J\u009b1m\u202etext\tend \n'))],
];

test.each(SETTINGS)('both clients take $name for the same', { timeout: 60_000 }, async ({ name, env, cases }) => {
  const places: Environment = {
    port: String(await serve((socket) => says(http('503 No', `[-]a failed: ${socket.localAddress}\n`))(socket), '::')),
    silent: String(await serve(() => {})),
    app: join(directory, 'app'),
    tmp: join(directory, 'tmp'),
  };
  for (const folder of ['app', 'tmp']) {
    mkdirSync(join(directory, folder));
    if (env.PORTHOLE_ADMIN_PORT === 'off') await startApp(join(directory, folder), true, 0);
  }
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_, place) => places[place] as string);
  const others = Object.fromEntries(Object.entries(env).map(([other, text]) => [other, fill(text)]));
  const ask = (command: readonly string[], value: string | undefined): Promise<Said> => {
    const given = value === undefined ? undefined : fill(value);
    if (!name.startsWith('--')) return run(command, [], { ...others, [name]: given });
    return run(command, given === undefined ? [] : [`${name}=${given}`], others);
  };
  const said = new Map<string | undefined, Promise<Said>>();
  const askNode = (value: string | undefined): Promise<Said> => {
    const known = said.get(value) ?? ask(NODE_PROBE, value);
    said.set(value, known);
    return known;
  };
  for (const [value, meant] of cases) {
    const expected = { value, ...(await askNode(meant)) };
    expect({ value, ...(await askNode(value)) }).toEqual(expected);
    for (const { architecture, command } of PROGRAMS.filter(({ missing }) => missing === undefined)) {
      expect({ value, ...(await ask(command, value)) }, architecture).toEqual(expected);
    }
  }
});

describe.each(PROGRAMS.filter(({ missing }) => missing === undefined))('linux-$architecture', (program) => {
  const both = async (args: readonly string[], env: Environment): Promise<[Said, Said]> => [
    await run(program.command, args, env),
    await run(NODE_PROBE, args, env),
  ];

  test('is at most 20 KB', () => {
    expect(statSync(built(program.architecture)).size).toBeLessThanOrEqual(MAX_BYTES);
  });

  test.each(ANSWERS)('says what the probe says where %s', async (name, listener) => {
    const env = { PORTHOLE_ADMIN_PORT: String(await serve(listener)) };
    const timeout = ['--timeout', '20s'];
    for (const args of [
      [],
      ['live'],
      ['startup', '--verbose'],
      ['--url', `http://127.0.0.1:${env.PORTHOLE_ADMIN_PORT}/x`],
    ]) {
      const [ours, theirs] = await both([...args, ...timeout], env);
      expect(ours).toEqual(theirs);
      // What is broken off in the middle has the same words whether its end or its break is seen first.
      if (/^it (says nothing|closes|resets (at once|when))/.test(name)) {
        expect(ours.stderr).toMatch(/^not .*: 127\.0\.0\.1:\d+ closes the connection without an answer\n$/);
      }
    }
  });

  test('says what the probe says to every URL', { timeout: 60_000 }, async () => {
    const asked: string[] = [];
    const port = String(
      await serve((socket) => {
        socket.once('data', (text) => {
          asked.push(text.toString('latin1'));
          socket.end('HTTP/1.1 204 No Content\r\n\r\n');
        });
      }),
    );
    for (const [url, said] of URLS) {
      const [ours, theirs] = await both(['--url', url.replace('{port}', port), '--timeout', '20s'], {});
      const text = `${said.replace('{port}', port)}\n`;
      const expected = said.startsWith('healthy')
        ? { code: 0, stdout: text, stderr: '' }
        : { code: 1, stdout: '', stderr: text };
      expect(theirs, url).toEqual(expected);
      expect(ours, url).toEqual(expected);
    }
    const questions = asked.map((text) => text.toLowerCase());
    expect(questions.filter((_, index) => index % 2 === 0)).toEqual(questions.filter((_, index) => index % 2 === 1));
    expect(asked.map((text) => text.split(' ')[1])).toContain('/%20%C3%A4/%zz?q=%');
  });

  test.each([
    [['--timeout', 'soon']],
    [['--timeout']],
    [['--timeout', '61s']],
    [['--timeout', '1m']],
    [['--timeout=2m']],
    [['--blocked-for', '0.5m']],
    [['--blocked-for=0']],
    [['dead']],
    [['live', 'ready']],
    [['live', '--url', 'http://127.0.0.1/']],
    [['live', '--url']],
    [['live', 'ready', '--timeout', 'soon']],
    [['--timeout', 'soon', 'dead']],
    [['--blocked-for', 'soon', '--timeout', 'late']],
    [['--verbose=yes']],
    [['--allow-remote=']],
    [['--timeout=']],
    [['--timout=2s']],
    [['--=x']],
    [['--', '--timeout']],
    [['--', 'live', '--', 'x']],
    [['-']],
    [['-t', '2s']],
    [['-t=2s']],
    [['']],
    [['x'.repeat(200)]],
    [['🧀'.repeat(81)]],
    [['a\tb\u001b[2J\u009b\u202e"\\\u00a0\u3000 c']],
    [['--a\nb']],
    [[]],
    [['live']],
  ])('says what the probe says to %j', async (args) => {
    const env = { PORTHOLE_ADMIN_PORT: 'off' };
    const [ours, theirs] = await both(args, env);
    expect(ours).toEqual(theirs);
    expect(ours.code).toBe(1);
  });

  test.each([
    [{ PORTHOLE_ADMIN_PORT: '0' }],
    [{ PORTHOLE_ADMIN_PORT: '1' }],
    [{ PORTHOLE_ADMIN_PORT: '1', PORTHOLE_ADMIN_HOST: '::' }],
    [{ PORTHOLE_ADMIN_PORT: '1', PORTHOLE_ADMIN_HOST: '127.0.0.2' }],
    [{ PORTHOLE_ADMIN_PORT: 'OFF', PORTHOLE_CONTROL: 'No' }],
    [{ PORTHOLE_ADMIN_PORT: '1', PORTHOLE_DIR: '/nonexistent' }],
  ])('says what the probe says where nobody is, with %j', async (env) => {
    const [ours, theirs] = await both([], env);
    expect(ours).toEqual(theirs);
    expect(ours.code).toBe(1);
  });

  test('gives up what says nothing, or drips, at the end of its time', async () => {
    const silent = String(await serve(() => {}));
    const dripping = String(
      await serve((socket) => {
        const timer = setInterval(() => socket.write('x'), 5);
        socket.on('close', () => clearInterval(timer));
      }),
    );
    for (const port of [silent, dripping]) {
      expect(await run(program.command, ['--timeout', '300ms'], { PORTHOLE_ADMIN_PORT: port })).toEqual({
        code: 1,
        stdout: '',
        stderr: 'not ready: no answer within 300 ms\n',
      });
    }
  });

  test('exits with 0 or 1 where nobody reads what it says, and where a server resets', async () => {
    const port = await serve(says(http('200 OK', 'ok')));
    const [name = '', ...before] = program.command;
    const env = { PORTHOLE_DIR: directory, PORTHOLE_ADMIN_PORT: String(port) };
    const child = spawn(name, before, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    const resetting = await serve((socket) => socket.resetAndDestroy());
    expect((await run(program.command, [], { PORTHOLE_ADMIN_PORT: String(resetting) })).code).toBe(1);
  });

  // Not in the table: which of its two addresses is asked first is said by the machine's files to the one, and fixed in
  // the other.
  test.each(['localhost', 'LOCALHOST', ' LocalHost\n', '127.0.0.1', '::1'])(
    'finds an app on localhost as %j',
    async (host) => {
      const where = host.trim().toLowerCase();
      const port = String(await serve(says(http('200 OK', '')), where));
      const env = { PORTHOLE_ADMIN_PORT: port, PORTHOLE_ADMIN_HOST: host };
      for (const said of await both([], env)) expect(said).toEqual({ code: 0, stdout: 'ready\n', stderr: '' });
      const url = `http://${where.includes(':') ? `[${where}]` : where}:${port}/`;
      for (const { stdout } of await both(['--url', url], {})) expect(stdout).toMatch(/^healthy: .* answers 200\n$/);
    },
  );

  test('asks over IPv6', async () => {
    const port = await serve(says(http('204 No Content', '')), '::1');
    expect((await run(program.command, ['--url', `http://[::1]:${port}/`], {})).stdout).toBe(
      `healthy: [::1]:${port} answers 204\n`,
    );
  });

  test('says of a name that it cannot look it up', async () => {
    const { code, stderr } = await run(program.command, ['--allow-remote', '--url', 'http://orders.test:3000/'], {});
    expect([code, stderr]).toEqual([1, 'not healthy: orders.test:3000 is a name, which this program cannot look up\n']);
    const [ours, theirs] = await both([], { PORTHOLE_ADMIN_HOST: 'orders.test', PORTHOLE_ADMIN_PORT: '1' });
    expect([ours.code, theirs.code]).toEqual([1, 1]);
    expect(ours.stderr).toContain('PORTHOLE_ADMIN_HOST is a name, which this program cannot look up');
    // The second is of a machine with no network.
    expect(theirs.stderr).toMatch(/nothing answers on orders\.test:1 |no answer within/);
  });

  describe.runIf(program.isNative)('an app (needs a processor of its architecture)', () => {
    const env = { PORTHOLE_ADMIN_PORT: 'off' };

    test('is asked on its control socket, with the proof', async () => {
      await startApp(directory, true, 0);
      const [ours, theirs] = await both(['startup'], env);
      expect(ours).toEqual(theirs);
      expect(ours.stderr).toBe(
        `not started: db failed (refused by /v1/health/startup?verbose in ${basename(directory)})\n`,
      );
    });

    test.runIf(process.getuid?.() === 0)('is found in a folder that its user may not list', async () => {
      const nobody = 65534;
      chmodSync(directory, 0o733);
      await startApp(directory, true, 0, nobody);
      const [ours, theirs] = [await run(program.command, [], env, nobody), await run(NODE_PROBE, [], env, nobody)];
      expect(ours).toEqual(theirs);
      expect(ours.stderr).toContain('refused by /v1/health/ready');
    });

    test.each(['http://0x7f.1', 'http://2130706433', 'http://127.1', 'http://[0:0:0:0:0:0:0:1]'])(
      'is asked at %s, which is this machine',
      async (origin) => {
        const host = origin.includes('[') ? '::1' : '127.0.0.1';
        const port = await serve(says(http('204 No Content', '')), host);
        const [ours, theirs] = await both(['--url', `${origin}:${port}/`], env);
        expect([ours.code, theirs.code]).toEqual([0, 0]);
      },
    );

    test('is said to be one of several, where they are', async () => {
      const pids = [(await startApp(directory, true, 0)).pid, (await startApp(directory, true, 0)).pid];
      const [ours, theirs] = await both([], env);
      expect(ours).toEqual(theirs);
      expect(ours.stderr).toMatch(
        new RegExp(
          `^several apps run here: using pid ${Math.min(...pids)}; give each its own PORTHOLE_DIR\\nnot ready: db failed`,
        ),
      );
    });

    test('that does not answer is blocked', async () => {
      await startApp(directory, false, 11_400);
      const withoutTime = ({ stdout, stderr, code }: Said) => [code, (stdout + stderr).replace(/\d+\.\d s/, 'T')];
      for (const args of [['ready'], ['live'], ['live', '--blocked-for', '60s']]) {
        const [ours, theirs] = await both(args, env);
        expect(withoutTime(ours)).toEqual(withoutTime(theirs));
        expect(ours.stdout + ours.stderr).toContain('event loop blocked for');
      }
    });

    test.each([
      ['one line', 'spin (file:///app/server.js:10:5) < handler (file:///app/server.js:17:3)'],
      ['what a terminal would obey', 'spin\u001b[2J\r\n\u009b31m (ü)'],
      ['more than may be shown', 'x'.repeat(1900)],
      ['nothing', ''],
    ])('has in its answer what its watchdog has found: %s', async (_, stack) => {
      const { pid } = await startApp(directory, false, 11_400);
      const [own] = readdirSync(directory);
      writeFileSync(join(directory, String(own), `${pid}.stack`), stack);
      const withoutTime = ({ stdout, stderr, code }: Said) => [code, (stdout + stderr).replace(/\d+\.\d s/, 'T')];
      const [ours, theirs] = await both(['ready'], env);
      expect(withoutTime(ours)).toEqual(withoutTime(theirs));
      expect(ours.stderr).toContain(stack === '' ? 'is waiting)' : ') at ');
    });

    test('that answers nowhere lives by its heartbeat', async () => {
      await startApp(directory, false, 300);
      const off = { ...env, PORTHOLE_CONTROL: 'off' };
      expect((await run(program.command, ['live'], off)).stdout).toMatch(
        /^live: its event loop turned \d+\.\d s ago \(no control socket or admin port: PORTHOLE_ADMIN_PORT is off and PORTHOLE_CONTROL is off\)\n$/,
      );
    });
  });
});

test('every source of the program stands in its folder, and what is built does not', () => {
  expect(readdirSync(SOURCES).filter((name) => /\.(c|h)$/.test(name)).length).toBeGreaterThan(0);
  expect(execFileSync('git', ['ls-files', 'static'], { cwd: dirname(SOURCES), encoding: 'utf8' })).not.toContain(
    'linux-',
  );
});
