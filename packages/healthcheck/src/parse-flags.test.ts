import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFlags } from './parse-flags.js';

const rules = { command: 'probe', flags: { timeout: '800ms', verbose: true }, words: ['live', 'ready'] } as const;

describe('the flags of a command', () => {
  test('may stand before and after its word, with the value joined or apart', () => {
    const expected = { word: 'live', values: new Map(Object.entries({ verbose: '', timeout: '2s' })) };
    expect(parseFlags(['--verbose', 'live', '--timeout=2s'], rules)).toEqual(expected);
    expect(parseFlags(['--verbose', '--timeout', '2s', 'live'], rules)).toEqual(expected);
    expect(parseFlags([], rules)).toEqual({ values: new Map() });
  });

  test.each([
    [['--verbos'], 'probe: unknown option "--verbos"; allowed: --timeout 800ms, --verbose'],
    [['-v'], 'probe: unknown option "-v"; allowed: --timeout 800ms, --verbose'],
    [['--__proto__'], 'probe: unknown option "--__proto__"; allowed: --timeout 800ms, --verbose'],
    [['--verbose=yes'], 'probe: --verbose takes no value'],
    [['--timeout'], 'probe: --timeout needs a value: 800ms'],
    [['alive'], 'probe: unexpected "alive"; expected one of live, ready'],
    [['live', 'ready'], 'probe: unexpected "ready"; expected one of live, ready'],
  ])('%j are refused in one line that says what is allowed', (args, line) => {
    expect(parseFlags(args, rules)).toBe(line);
  });

  test('where none are allowed, that is said', () => {
    expect(parseFlags(['--json'], { command: 'metrics' })).toBe(
      'metrics: unknown option "--json"; no option is allowed',
    );
    expect(parseFlags(['all'], { command: 'metrics' })).toBe('metrics: unexpected "all"; no word is allowed');
  });

  test('are read as parseArgs reads them', () => {
    const piece = fc.constantFrom(
      '--',
      '-',
      '--timeout',
      '--timeout=',
      '--timeout=a=b\n',
      '2s',
      'live',
      '--verbose',
      '',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (args) => {
        const given = parseFlags(args, {
          ...rules,
          words: ['live', '2s', '-', '', '--', '--timeout', '--verbose', '--timeout='],
        });
        fc.pre(typeof given !== 'string');
        const options = { timeout: { type: 'string' }, verbose: { type: 'boolean' } } as const;
        const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
        expect(positionals).toEqual(given.word === undefined ? [] : [given.word]);
        expect(values).toEqual(
          Object.fromEntries([...given.values].map(([name, value]) => [name, name === 'verbose' || value])),
        );
      }),
    );
  });

  test('are what is allowed, or one line, whatever the arguments', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('--', '--timeout', 'live'))),
        (args) => {
          const given = parseFlags(args, rules);
          if (typeof given === 'string') expect(given).not.toMatch(/[\r\n]/);
          else expect([undefined, 'live', 'ready']).toContain(given.word);
        },
      ),
    );
  });
});
