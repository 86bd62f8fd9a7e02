import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from './command-names.js';
import { allowedCommands, parseArguments } from './parse-arguments.js';

const service = { kind: 'service' };

describe('the arguments', () => {
  test.each([[[]], [['--port', '3000']], [['-v']], [['--', 'status']], [['--json', 'status']]])(
    '%j start the service',
    (args) => expect(parseArguments(args, {})).toEqual(service),
  );

  test('name a sub-command by their first word, with or without the namespace', () => {
    const status = { kind: 'command', name: 'status', args: ['--json'] };
    expect(parseArguments(['status', '--json'], {})).toEqual(status);
    expect(parseArguments(['porthole', 'status', '--json'], {})).toEqual(status);
  });

  test('that name the namespace alone ask for help', () => {
    expect(parseArguments(['porthole'], {})).toEqual({ kind: 'command', name: 'help', args: [] });
    expect(parseArguments(['porthole', '--help'], {})).toEqual({ kind: 'command', name: 'help', args: [] });
  });

  test.each(['--help', '-h'])('%s by itself asks for help, unless it is the application’s', (flag) => {
    expect(parseArguments([flag], {})).toEqual({ kind: 'command', name: 'help', args: [] });
    expect(parseArguments([flag, '--port'], {})).toEqual(service);
    expect(parseArguments([flag], { appCommands: [flag] })).toEqual(service);
    expect(parseArguments([flag], { commands: 'namespaced' })).toEqual(service);
    expect(parseArguments([flag], { commands: ['status'] })).toEqual(service);
  });

  test.each(['statsu', '', 'Status', '3000'])('%j is unknown: a typing slip starts nothing', (word) => {
    expect(parseArguments([word], {})).toEqual({ kind: 'unknown', word });
    expect(parseArguments(['porthole', word], {})).toEqual({ kind: 'unknown', word });
  });

  test('that begin with a word of the application start it, also where Porthole has a command of that name', () => {
    const options = { appCommands: ['migrate', 'status'] };
    expect(parseArguments(['migrate', 'up'], options)).toEqual(service);
    expect(parseArguments(['status'], options)).toEqual(service);
    expect(parseArguments(['porthole', 'status'], options)).toMatchObject({ kind: 'command', name: 'status' });
  });

  test('need the namespace where only that is allowed', () => {
    const options = { commands: 'namespaced' } as const;
    expect(parseArguments(['status'], options)).toEqual({ kind: 'unknown', word: 'status' });
    expect(parseArguments(['porthole', 'status'], options)).toMatchObject({ kind: 'command', name: 'status' });
  });

  test('may name only the commands that are allowed', () => {
    const options = { commands: ['status', 'healthcheck'] } as const;
    expect(allowedCommands(options)).toEqual(['healthcheck', 'status']);
    expect(parseArguments(['status'], options)).toMatchObject({ kind: 'command', name: 'status' });
    expect(parseArguments(['metrics'], options)).toEqual({ kind: 'unknown', word: 'metrics' });
    expect(parseArguments(['porthole', 'metrics'], options)).toEqual({ kind: 'unknown', word: 'metrics' });
  });

  test('start the service only where the first is a flag, missing, or the application’s', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        const { kind } = parseArguments(args, {});
        const first = args[0];
        const isHelp = args.length === 1 && (first === '-h' || first === '--help');
        expect(kind === 'service').toBe(first === undefined || (first.startsWith('-') && !isHelp));
        if (kind === 'command' && first !== 'porthole') expect(COMMAND_NAMES).toContain(first);
      }),
    );
  });
});
