/** Applications that handle signals, exceptions and rejections themselves: Porthole does not overrule them. */
import { describe, expect, test } from 'vitest';
import { type Ending, runProgram } from './testing/run-program.js';

const linesOf = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('info | shut down | '));

/** Every phase reports that it ran. */
const HOOKS = `
  for (const phase of ['drain', 'dependencies', 'telemetry', 'logs']) lifecycle.onExit(phase, 'hook', () => say(phase));
`;
const PHASES = ['drain', 'dependencies', 'telemetry', 'logs'];

async function stopped(source: string, signal: NodeJS.Signals = 'SIGTERM', create = '{}'): Promise<Ending> {
  const program = runProgram(`
    const lifecycle = create(${create});
    ${HOOKS}
    lifecycle.install();
    const server = serve();
    ${source}
    say('ready');
  `);
  await program.says('ready');
  program.kill(signal);
  return program.ended;
}

describe('an application that listens to the signal itself', () => {
  test.each(['on', 'once', 'prependListener', 'prependOnceListener'])(
    'by process.%s ends the process, with its own code',
    async (method) => {
      const ending = await stopped(`
      process.${method}('SIGTERM', function drainAll() {
        setTimeout(() => { say('drained'); process.exit(3); }, 500);
      });
    `);
      expect(ending.code).toBe(3);
      const lines = linesOf(ending.stdout);
      expect(lines[1]).toMatch(
        /^warn \| the application listens to SIGTERM: .*onShutdown.* \| SIGTERM \| drainAll \(.*\[eval1\]:\d+\) \| 60000$/,
      );
      // The shutdown has done its part meanwhile, and has left what sends telemetry open.
      expect(lines.slice(2)).toEqual([
        'info | shutting down | received SIGTERM | 60000 | 0',
        'drain',
        'dependencies',
        'drained',
      ]);
    },
  );

  test.each([
    [
      'once, and raises it again',
      `process.once('SIGTERM', () => setTimeout(() => process.kill(process.pid, 'SIGTERM'), 300));`,
    ],
    [
      'once, and raises it again by number',
      `process.once('SIGTERM', () => setTimeout(() => process.kill(process.pid, 15), 300));`,
    ],
    [
      'once, and raises it again by a function that it imports by name',
      `import { kill } from 'node:process';
       process.once('SIGTERM', () => setTimeout(() => kill(process.pid, 'SIGTERM'), 300));`,
    ],
    [
      'takes its listener off, and raises it again',
      `const end = () => setTimeout(() => { process.off('SIGTERM', end); process.kill(process.pid, 'SIGTERM'); }, 300);
       process.on('SIGTERM', end);`,
    ],
    [
      'takes its listener off, and raises it again by a function that it has kept',
      `const { kill } = process;
       const end = () => setTimeout(() => { process.off('SIGTERM', end); kill(process.pid, 'SIGTERM'); }, 300);
       process.on('SIGTERM', end);`,
    ],
  ])('%s has finished: telemetry and logs are sent, and the code is 0', async (_, source) => {
    const ending = await stopped(source);
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(linesOf(ending.stdout).slice(3)).toEqual(PHASES);
  });

  test('and raises it again in the delay of the shutdown is not waited for any longer', async () => {
    const ending = await stopped(
      `process.once('SIGTERM', () => process.kill(process.pid, 'SIGTERM'));`,
      'SIGTERM',
      '{ deadlineMs: 600_000, delayMs: 300_000 }',
    );
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(linesOf(ending.stdout).slice(3)).toEqual(PHASES);
  });

  test('and raises another signal, which it listens to as well, decides there', async () => {
    const ending = await stopped(
      `process.on('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
       process.on('SIGTERM', () => setTimeout(() => process.exit(4), 300));`,
      'SIGINT',
    );
    expect(ending).toMatchObject({ code: 4, signal: null });
  });

  test.each(['', `'SIGTERM'`])('and emits its event with (%s) decides there', async (args) => {
    const ending = await stopped(
      `process.on('SIGINT', () => process.emit('SIGTERM'${args && ', '}${args}));
       process.on('SIGTERM', () => setTimeout(() => process.exit(4), 300));`,
      'SIGINT',
    );
    expect(ending).toMatchObject({ code: 4, signal: null, stderr: '' });
  });

  test('and has taken its listener off without an end is ended at once by those that follow', async () => {
    const program = runProgram(`
      const lifecycle = create({ deadlineMs: 600_000 });
      lifecycle.onExit('drain', 'hung', () => { say('draining'); return never(); });
      lifecycle.install();
      process.on('SIGTERM', function first() { process.off('SIGTERM', first); });
      serve();
      say('ready');
    `);
    await program.says('ready');
    program.kill('SIGTERM');
    await program.says('draining');
    program.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 143, signal: null });
  });

  test('ends the process when nothing keeps it open, with the code that it has set', async () => {
    const ending = await stopped(`
      process.on('SIGTERM', () => setTimeout(() => { process.exitCode = 5; clearInterval(server); }, 300));
    `);
    expect(ending.code).toBe(5);
    expect(linesOf(ending.stdout).slice(3)).toEqual(PHASES);
  });

  test('and never ends it is ended by the deadline with 0, and a line names its listeners', async () => {
    const ending = await stopped(
      `process.on('SIGTERM', function forgetful() {}); process.on('SIGTERM', () => {});`,
      'SIGTERM',
      '{ deadlineMs: 1000 }',
    );
    expect(ending).toMatchObject({ code: 0, signal: null });
    const lines = linesOf(ending.stdout);
    expect(lines.slice(3, 5)).toEqual(['drain', 'dependencies']);
    expect(lines[5]).toMatch(
      /^warn \| the application has not ended the process, although it listens to SIGTERM: .* \| forgetful \(.*\),anonymous function \(.*\) \| 1000$/,
    );
    expect(lines.slice(6)).toEqual(['telemetry', 'logs']);
  });

  test('and gets a second one from outside ends at once with 128 + n', async () => {
    const program = runProgram(`
      create().install();
      process.once('SIGTERM', () => say('heard'));
      serve();
      say('ready');
    `);
    await program.says('ready');
    program.kill('SIGTERM');
    await program.says('heard');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 143, signal: null });
  });

  test('SIGHUP is its own, with no shutdown', async () => {
    const program = runProgram(`
      create().install();
      process.on('SIGHUP', function reload() { say('reloaded'); });
      serve();
      say('ready');
    `);
    await program.says('ready');
    program.kill('SIGHUP');
    await program.says('reloaded');
    program.kill('SIGTERM');
    const ending = await program.ended;
    expect(ending.code).toBe(0);
    expect(linesOf(ending.stdout)).toEqual([
      'ready',
      expect.stringMatching(/^info \| SIGHUP is left to the listener of the application \| SIGHUP \| reload \(/),
      'reloaded',
      'info | shutting down | received SIGTERM | 60000 | 0',
    ]);
  });

  test.each(['signal-exit', 'signal-exit-3'])('by %s does not count: it cleans up at the exit', async (library) => {
    const ending = await stopped(`
      import * as library from '${library}';
      (library.onExit ?? library.default)(() => say('cleaned up'));
    `);
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(linesOf(ending.stdout).slice(1)).toEqual([
      'info | shutting down | received SIGTERM | 60000 | 0',
      ...PHASES,
      'cleaned up',
    ]);
  });
});

describe('an application that handles exceptions itself', () => {
  const survive = async (source: string, nodeOptions: string[] = []): Promise<string[]> => {
    const program = runProgram(
      `const lifecycle = create();
       lifecycle.install();
       serve();
       ${source}
       setTimeout(() => say('alive'), 500);`,
      nodeOptions,
    );
    await program.says('alive');
    program.kill('SIGTERM');
    const ending = await program.ended;
    expect(ending.code).toBe(0);
    return linesOf(ending.stdout).slice(0, -1);
  };

  test.each(['on', 'once'])('by process.%s lives on, and the exception is logged', async (method) => {
    const lines = await survive(`
      process.${method}('uncaughtException', (error, origin) => say([error.message, origin].join(' by ')));
      setImmediate(() => { throw new Error('boom'); });
    `);
    expect(lines).toEqual([
      'error | uncaught exception: the application handles it | boom',
      'boom by uncaughtException',
      'alive',
    ]);
  });

  test('hears of rejections as of exceptions, as Node.js has it', async () => {
    const lines = await survive(`
      process.on('uncaughtException', (error, origin) => say([error.message, origin].join(' by ')));
      Promise.reject(new Error('boom'));
    `);
    expect(lines).toEqual([
      'error | uncaught exception: the application handles it | boom',
      'boom by unhandledRejection',
      'alive',
    ]);
  });

  test('hears of rejections itself, once or for good', async () => {
    const lines = await survive(`
      process.once('unhandledRejection', (reason) => say('once ' + reason));
      Promise.reject('one');
      setTimeout(() => {
        process.on('unhandledRejection', (reason) => say('on ' + reason));
        Promise.reject('two');
      }, 100);
    `);
    expect(lines).toEqual([
      "error | unhandled rejection: the application handles it | the thrown value is not an error: 'one'",
      'once one',
      "error | unhandled rejection: the application handles it | the thrown value is not an error: 'two'",
      'on two',
      'alive',
    ]);
  });

  test.each([
    ['an exception', `setImmediate(() => { throw new Error('boom'); });`],
    ['a rejection', `Promise.reject(new Error('boom'));`],
  ])('by a capture callback gets %s', async (_, source) => {
    const lines = await survive(`
      process.setUncaughtExceptionCaptureCallback((error) => say('captured ' + error.message));
      ${source}
    `);
    expect(lines).toEqual(['error | uncaught exception: the application handles it | boom', 'captured boom', 'alive']);
  });

  test('by a capture callback gets a rejection without an error as Node.js gives it', async () => {
    const lines = await survive(`
      process.setUncaughtExceptionCaptureCallback(({ code, message }) => say([code, message].join(' ')));
      Promise.reject('no stock');
    `);
    expect(lines.slice(1)).toEqual([
      "ERR_UNHANDLED_REJECTION the promise rejected with the reason 'no stock'",
      'alive',
    ]);
  });

  test.each(['warn', 'none'])('by --unhandled-rejections=%s lives on', async (mode) => {
    expect(await survive(`Promise.reject(new Error('boom'));`, [`--unhandled-rejections=${mode}`])).toEqual(['alive']);
  });

  test('by a library that ends the process only if its listener is alone, as without Porthole', async () => {
    const ending = await runProgram(`
      create().install();
      serve();
      const end = ({ message }) => { if (process.listenerCount('uncaughtException') === 1) { say('ends ' + message); process.exit(9); } };
      process.on('uncaughtException', end);
      setImmediate(() => { throw new Error('boom'); });
    `).ended;
    expect(ending.code).toBe(9);
    expect(linesOf(ending.stdout)).toEqual([
      'error | uncaught exception: the application handles it | boom',
      'ends boom',
    ]);
  });

  test('by a monitor hears of rejections, too', async () => {
    const ending = await runProgram(`
      create().install();
      process.on('uncaughtExceptionMonitor', (error, origin) => say([error.message, origin].join(' by ')));
      Promise.reject(new Error('boom'));
    `).ended;
    expect(ending.code).toBe(1);
    expect(linesOf(ending.stdout)).toEqual(['boom by unhandledRejection', 'fatal | unhandled rejection | boom']);
  });

  test('and has taken its listeners off is ended as before', async () => {
    const ending = await runProgram(`
      create().install();
      serve();
      const take = () => {};
      process.on('uncaughtException', take);
      process.off('uncaughtException', take);
      setImmediate(() => Promise.reject(new Error('boom')));
    `).ended;
    expect(ending.code).toBe(1);
    expect(linesOf(ending.stdout)).toEqual(['fatal | unhandled rejection | boom']);
  });
});

describe('the end is certain', () => {
  const THROWS = `process.on('exit', () => { throw new Error('in exit'); });`;

  test.each([
    ['a listener of exit throws', THROWS],
    [
      'a listener of exit throws in a domain',
      `import domain from 'node:domain'; domain.create().run(() => { ${THROWS} });`,
    ],
    ['process.exit does nothing', `process.exit = () => {};`],
    ['process.exit throws', `process.exit = () => { throw new Error('not now'); };`],
    [
      'signal-exit runs a hook that throws',
      `import { onExit } from 'signal-exit'; onExit(() => { throw new Error('in a hook'); });`,
    ],
  ])('although %s: at a signal', async (_, source) => {
    const ending = await stopped(source);
    expect(ending).toMatchObject({ code: 0, signal: null });
  });

  test('although a listener of exit throws: at a second signal', async () => {
    const program = runProgram(`
      const lifecycle = create({ deadlineMs: 600_000 });
      lifecycle.onExit('drain', 'http', () => { say('draining'); return never(); });
      lifecycle.install();
      ${THROWS}
      serve();
      say('ready');
    `);
    await program.says('ready');
    program.kill('SIGTERM');
    await program.says('draining');
    program.kill('SIGTERM');
    const ending = await program.ended;
    expect(ending).toMatchObject({ code: 143, signal: null });
    expect(ending.stderr).toContain('porthole: a listener of exit threw: the process exits with 143: Error: in exit');
  });

  test.each([
    ['an exception', `setImmediate(() => { throw new Error('boom'); });`, 1],
    ['the exit of the application', `process.exit(6);`, 6],
    ['an orderly exit of the application', `setTimeout(() => process.exit(0), 100);`, 0],
    ['an empty event loop, which is a failure as without Porthole', `clearInterval(server);`, 1],
  ])('although a listener of exit throws: after %s', async (_, source, code) => {
    const ending = await runProgram(`
      create({ deadlineMs: 600_000 }).install();
      ${THROWS}
      const server = serve();
      ${source}
    `).ended;
    expect(ending).toMatchObject({ code, signal: null });
  });
});
