import { noLog } from '@porthole/core/internal';
import { describe, expect, test } from 'vitest';
import { createLifecycle } from './create-lifecycle.js';
import { runProgram } from './testing/run-program.js';

const READY = `serve(); say('ready');`;

/** Runs `source`, sends `signal` once it is ready, and says how it ended. */
async function stopped(source: string, signal: NodeJS.Signals = 'SIGTERM') {
  const program = runProgram(`${source}\n${READY}`);
  await program.says('ready');
  program.kill(signal);
  return program.ended;
}

/** Without the last line, which has a duration in it and a test of its own. */
const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('info | shut down | '));

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends the process cleanly with 0', async (signal) => {
    const ending = await stopped('create().install();', signal);
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(linesOf(ending.stdout)).toEqual(['ready', `info | shutting down | received ${signal} | 60000 | 0`]);
  });

  test('announces the stop, waits for the delay, runs the phases in order, last hook first, and flushes at the very end', async () => {
    const ending = await stopped(`
      const lifecycle = create({
        delayMs: 20,
        onStopping: () => { say('announced'); setImmediate(() => say('still serving')); },
        flushLogs: () => { say('flushed'); return 0; },
      });
      for (const phase of ['logs', 'telemetry', 'dependencies', 'drain']) {
        for (const name of ['first', 'second']) {
          lifecycle.onExit(phase, name, async () => {
            say(phase + ' ' + name + ' begins');
            await new Promise(setImmediate);
            say(phase + ' ' + name + ' ends');
          });
        }
      }
      lifecycle.onExit('drain', 'taken off', () => say('never'))();
      process.exitCode = 3;
      lifecycle.install();
    `);
    expect(ending.code).toBe(0);
    const phases = ['drain', 'dependencies', 'telemetry', 'logs'].flatMap((phase) =>
      ['second', 'first'].flatMap((name) => [`${phase} ${name} begins`, `${phase} ${name} ends`]),
    );
    expect(linesOf(ending.stdout).slice(2)).toEqual(['announced', 'still serving', ...phases, 'flushed']);
  });

  test('is answered with 0 where hooks throw, and the others go on', async () => {
    const ending = await stopped(`
      const lifecycle = create({ onStopping: () => { throw new Error('no probe'); } });
      lifecycle.onExit('drain', 'later', () => say('later runs'));
      lifecycle.onExit('drain', 'http', () => { throw new Error('not running'); });
      lifecycle.onExit('dependencies', 'db', async () => { throw new Error('gone'); });
      lifecycle.install();
    `);
    expect(ending.code).toBe(0);
    expect(linesOf(ending.stdout).slice(2)).toEqual([
      'error | the shutdown could not be announced | no probe',
      'error | exit hook failed | drain | http | not running',
      'later runs',
      'error | exit hook failed | dependencies | db | gone',
    ]);
  });

  test('is enforced with 143 where a hook hangs, after the other hooks and phases had their turn', async () => {
    const ending = await stopped(`
      const lifecycle = create({ deadlineMs: 1000, flushLogs: () => { say('flushed'); return 0; } });
      lifecycle.onExit('drain', 'quick', () => say('quick runs'));
      lifecycle.onExit('drain', 'http', (signal) => {
        signal.addEventListener('abort', () => say('http is told'));
        return never();
      });
      lifecycle.onExit('telemetry', 'traces', () => say('traces sent'));
      lifecycle.onExit('logs', 'logger', () => say('logs written'));
      lifecycle.install();
    `);
    expect(ending.code).toBe(143);
    expect(ending.stdout).toMatch(/^info \| shut down \| received SIGTERM \| \d+ \| the hook "http"$/m);
    expect(linesOf(ending.stdout).slice(2)).toEqual([
      'http is told',
      'warn | exit hook did not end in time and is given up | drain | http',
      'quick runs',
      'traces sent',
      'logs written',
      'flushed',
    ]);
  });

  test('is enforced by the deadline with 143 where every phase hangs and nothing keeps the process alive', async () => {
    const program = runProgram(`
      const lifecycle = create({ deadlineMs: 400 });
      for (const phase of ['drain', 'dependencies', 'telemetry', 'logs']) lifecycle.onExit(phase, 'hung', never);
      const server = serve();
      lifecycle.onExit('drain', 'server', () => clearInterval(server));
      lifecycle.install();
      say('ready');
    `);
    await program.says('ready');
    program.kill('SIGTERM');
    const ending = await program.ended;
    expect(ending).toMatchObject({ code: 143, signal: null, stderr: '' });
    for (const phase of ['drain', 'dependencies', 'telemetry']) {
      expect(ending.stdout).toContain(`warn | exit hook did not end in time and is given up | ${phase} | hung`);
    }
    expect(linesOf(ending.stdout).at(-1)).toContain('| logs | hung');
  });

  test('is enforced by the deadline where a hook blocks the event loop until it has passed', async () => {
    const ending = await stopped(`
      const lifecycle = create({ deadlineMs: 400 });
      lifecycle.onExit('drain', 'busy', async () => {
        const end = performance.now() + 500;
        while (performance.now() < end);
        await new Promise(setImmediate);
        await never();
      });
      lifecycle.install();
    `);
    expect(ending.code).toBe(143);
    expect(ending.stdout).toContain('busy');
  });

  test.each([
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGHUP', 129],
  ] as const)('%s followed by %s exits at once with %i', async (first, second, code) => {
    const program = runProgram(`
      const lifecycle = create({ deadlineMs: 600_000, flushLogs: () => { say('flushed'); return 0; } });
      lifecycle.onExit('drain', 'http', () => { say('draining'); return never(); });
      lifecycle.onExit('logs', 'logger', () => say('never'));
      lifecycle.install();
      ${READY}
    `);
    await program.says('ready');
    program.kill(first);
    await program.says('draining');
    program.kill(second);
    const ending = await program.ended;
    expect(ending).toMatchObject({ code, signal: null });
    expect(linesOf(ending.stdout).slice(-2)).toEqual([`warn | second signal: exiting at once | ${second}`, 'flushed']);
  });

  test('joins a shutdown that the service itself began', async () => {
    const program = runProgram(`
      const lifecycle = create({ deadlineMs: 2000 });
      lifecycle.onExit('drain', 'http', () => { say('draining'); return never(); });
      lifecycle.install();
      serve();
      lifecycle.shutdown('nothing to do');
      lifecycle.shutdown('asked twice');
    `);
    await program.says('draining');
    program.kill('SIGINT');
    const ending = await program.ended;
    // A second signal would have ended it at once, and without one the code would be 1.
    expect(ending.code).toBe(130);
    expect(linesOf(ending.stdout)).toEqual([
      'info | shutting down | nothing to do | 2000 | 0',
      'draining',
      'warn | exit hook did not end in time and is given up | drain | http',
    ]);
  });

  test('SIGUSR1 does not open the inspector, which it does without Porthole', async () => {
    const options = ['--inspect-port=0'];
    const bare = runProgram(
      `import { url } from 'node:inspector'; say('ready'); setInterval(() => url() && process.exit(7), 5);`,
      options,
    );
    await bare.says('ready');
    bare.kill('SIGUSR1');
    expect((await bare.ended).code).toBe(7);

    for (const start of ['holdSignals();', 'create().install();', 'create().install(holdSignals());']) {
      const program = runProgram(
        `import { url } from 'node:inspector';
        ${start}
        say('ready');
        setTimeout(() => process.exit(url() ? 7 : 0), 300);`,
        options,
      );
      await program.says('ready');
      program.kill('SIGUSR1');
      expect(await program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    }
  });
});

describe('a held signal', () => {
  test('is acted upon once the service is there', async () => {
    const program = runProgram(`
      const held = holdSignals();
      serve();
      say('importing');
      await new Promise((resolve) => process.once('SIGTERM', resolve));
      say('still importing');
      const lifecycle = create();
      lifecycle.onExit('drain', 'http', () => say('drained'));
      lifecycle.install(held);
    `);
    // The program's own listener only tells it when the signal is there.
    await program.says('importing');
    program.kill('SIGTERM');
    const ending = await program.ended;
    expect(ending.code).toBe(0);
    expect(linesOf(ending.stdout)).toEqual([
      'importing',
      'still importing',
      'info | shutting down | received SIGTERM | 60000 | 0',
      'drained',
    ]);
  });

  test('exits at once where a second one insists', async () => {
    const program = runProgram(`
      holdSignals();
      process.once('SIGTERM', () => say('held'));
      serve();
      say('importing');
    `);
    await program.says('importing');
    program.kill('SIGTERM');
    await program.says('held');
    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 130, signal: null });
  });

  test('leaves the process as it was once it is released', async () => {
    const program = runProgram(`
      say('released ' + holdSignals().release().length);
      serve();
    `);
    await program.says('released 0');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});

describe('a crash', () => {
  const HOOKS = `
    const lifecycle = create({ flushLogs: () => { say('flushed'); return 0; } });
    for (const phase of ['drain', 'dependencies', 'telemetry', 'logs']) lifecycle.onExit(phase, 'hook', () => say(phase));
    lifecycle.install();
    serve();
  `;

  test.each([
    ['throw', `setImmediate(() => { throw new Error('boom'); });`, 'uncaught exception | boom'],
    ['rejection', `Promise.reject(new Error('boom'));`, 'unhandled rejection | boom'],
    [
      'rejection with no error',
      `Promise.reject({ code: 7 });`,
      'unhandled rejection | the thrown value is not an error: { code: 7 }',
    ],
    [
      'throw of nothing',
      `setImmediate(() => { throw undefined; });`,
      'uncaught exception | the thrown value is not an error: undefined',
    ],
    [
      'throw of what cannot be looked at',
      `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); setImmediate(() => { throw proxy; });`,
      'uncaught exception | the thrown value is not an error: <Revoked Proxy>',
    ],
  ])('by %s leaves one fatal line, sends telemetry and logs, and exits with 1', async (_, source, line) => {
    const ending = await runProgram(`${HOOKS} ${source}`).ended;
    expect(ending).toMatchObject({ code: 1, signal: null, stderr: '' });
    expect(linesOf(ending.stdout)).toEqual([`fatal | ${line}`, 'telemetry', 'logs', 'flushed']);
  });

  test('by an ES module that does not compile shows where it is wrong', async () => {
    const ending = await runProgram(`
      create({ flushLogs: () => { say('flushed'); return 0; } }).install();
      serve();
      import('data:text/javascript,const%20x%20=%20;');
    `).ended;
    expect(ending).toMatchObject({ code: 1, signal: null });
    expect(linesOf(ending.stdout)).toEqual([expect.stringContaining("Unexpected token ';'"), 'flushed']);
    expect(ending.stderr).toMatch(/^data:text\/javascript,const%20x%20=%20;:1\nconst x = ;\n {10}\^\n/);
  });

  test.each([
    ['the module domain', `import 'node:domain'; load();`],
    ['a domain that it is loaded in', `import domain from 'node:domain'; domain.create().run(load);`],
    ['a listener of exit that throws', `process.on('exit', () => { throw new Error('in exit'); }); load();`],
  ])('by such a module ends the process in spite of %s', async (_, source) => {
    const ending = await runProgram(`
      create().install();
      serve();
      const load = () => import('data:text/javascript,const%20x%20=%20;');
      ${source}
    `).ended;
    expect(ending).toMatchObject({ code: 1, signal: null });
  });

  test('keeps the fatal line last where hooks fail or hang, and where more goes wrong', async () => {
    const ending = await runProgram(`
      const lifecycle = create({ deadlineMs: 400 });
      lifecycle.onExit('telemetry', 'traces', never);
      lifecycle.onExit('telemetry', 'metrics', () => { throw new Error('no collector'); });
      lifecycle.install();
      serve();
      for (const name of ['first', 'second']) setImmediate(() => { throw new Error(name); });
    `).ended;
    expect(ending).toMatchObject({ code: 1, stderr: '' });
    expect(linesOf(ending.stdout)).toEqual(['fatal | uncaught exception | first']);
  });

  test('during a shutdown ends it with 1', async () => {
    const ending = await stopped(`
      const lifecycle = create();
      lifecycle.onExit('drain', 'http', () => { setImmediate(() => { throw new Error('boom'); }); return never(); });
      lifecycle.onExit('dependencies', 'db', () => say('never'));
      lifecycle.onExit('telemetry', 'traces', () => say('traces sent'));
      lifecycle.install();
    `);
    expect(ending.code).toBe(1);
    expect(linesOf(ending.stdout).slice(2)).toEqual(['fatal | uncaught exception | boom', 'traces sent']);
  });

  test('is told on stderr, with the stack, where there is no log', async () => {
    const ending = await runProgram(`
      create({ log: undefined }).install();
      setImmediate(function culprit() { throw new Error('boom', { cause: new Error('why') }); });
    `).ended;
    expect(ending.code).toBe(1);
    expect(ending.stderr).toMatch(/^porthole: uncaught exception: Error: boom\n {4}at .*culprit/);
    expect(ending.stderr).toContain('[cause]: Error: why');
  });

  test('is told on stderr where the log throws', async () => {
    const ending = await runProgram(`
      const fail = () => { throw new Error('disk full'); };
      create({ log: { debug: fail, info: fail, warn: fail, error: fail, fatal: fail }, flushLogs: fail }).install();
      setImmediate(() => { throw new Error('boom'); });
    `).ended;
    expect(ending.code).toBe(1);
    expect(ending.stderr).toContain('porthole: uncaught exception: Error: boom');
    expect(ending.stderr).toContain('porthole: the last log lines could not be written: Error: disk full');
  });
});

describe('an end that nobody enforced', () => {
  test('by process.exit keeps its code and writes the last lines', async () => {
    const ending = await runProgram(
      `create({ flushLogs: () => { say('flushed'); return 0; } }).install(); serve(); process.exit(5);`,
    ).ended;
    expect(ending).toMatchObject({ code: 5, stdout: 'flushed\n' });
  });

  test('by exit takes the code it is given, writes the last lines and runs no hook', async () => {
    const ending = await runProgram(`
      const lifecycle = create({ flushLogs: () => { say('flushed'); return 0; } });
      lifecycle.onExit('telemetry', 'traces', () => say('never'));
      lifecycle.install();
      serve();
      lifecycle.exit(78);
    `).ended;
    expect(ending).toMatchObject({ code: 78, stdout: 'flushed\n' });
  });

  test('by an empty event loop is told of, and keeps the exit code that the application has set', async () => {
    const ending = await runProgram(
      `create({ flushLogs: () => { say('flushed'); return 0; } }).install(); process.exitCode = 4;`,
    ).ended;
    expect(ending).toMatchObject({ code: 4, stdout: 'info | nothing is left to do: the process ends\nflushed\n' });
  });

  test('is all there is once the lifecycle is closed', async () => {
    const ending = await stopped(`
      const count = () => process.eventNames().reduce((sum, event) => sum + process.listenerCount(event), 0);
      const before = count();
      const lifecycle = create({ flushLogs: () => { say('never'); return 0; } });
      lifecycle.install();
      say('more while installed: ' + (count() - before));
      lifecycle.close();
      say('more once closed: ' + (count() - before));
    `);
    expect(ending).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(linesOf(ending.stdout)).toEqual(['more while installed: 12', 'more once closed: 0', 'ready']);
  });
});

describe('createLifecycle', () => {
  test('ends a shutdown without a signal with 1 where something had to be cut off', async () => {
    const codes: number[] = [];
    const lifecycle = createLifecycle({ log: noLog, deadlineMs: 40, delayMs: 0, exit: (code) => codes.push(code) });
    lifecycle.onExit('drain', 'http', () => new Promise(() => {}));
    expect(lifecycle.stopping).toBe(false);
    const done = lifecycle.shutdown('test');
    expect(lifecycle.stopping).toBe(true);
    await done;
    expect(codes).toEqual([1]);
  });

  test('cuts a delay that leaves no time, and says so', async () => {
    const program = runProgram(`create({ deadlineMs: 400, delayMs: 5000 }).install();`);
    const ending = await program.ended;
    expect(ending.code).toBe(0);
    expect(linesOf(ending.stdout)[0]).toBe(
      'warn | the shutdown delay of 5000 ms leaves no time before the deadline and is cut | 300',
    );
  });

  test('refuses a hook of no phase and a hook that is no function', () => {
    const { onExit } = createLifecycle({ deadlineMs: 9000, delayMs: 0 });
    expect(() => onExit('later' as 'drain', 'x', () => {})).toThrow(
      'later is not a phase: expected drain, dependencies, telemetry, logs',
    );
    expect(() => onExit('drain', 'x', 7 as unknown as () => void)).toThrow('the exit hook x is not a function');
  });
});
