import { describe, expect, test } from 'vitest';
import { paths, someOf } from './parse-list.js';
import { resolveConfig } from './resolve-config.js';

const colours = someOf('red', 'green');

describe('a list of words', () => {
  test.each([
    ['red', ['red']],
    [' Green ,RED,, green', ['green', 'red']],
    ['true', ['red', 'green']],
    ['ON', ['red', 'green']],
    ['yes', ['red', 'green']],
    ['0', []],
    ['No', []],
    ['false', []],
  ])('%j is %j', (text, expected) => {
    expect(colours.parse(text)).toEqual(expected);
    expect(colours.unusable?.(text)).toEqual([]);
  });

  test('is what is left of it without the members that are not valid', () => {
    expect(colours.parse('red,blue,__proto__')).toEqual(['red']);
    expect(colours.unusable?.('red,blue,__proto__')).toEqual(['blue', '__proto__']);
    expect(colours.parse('blue')).toBeUndefined();
  });
});

test('paths begin with a slash; "none" is an empty list', () => {
  expect(paths.parse('/metrics, /health/live,/-/ready,/a%20b')).toEqual([
    '/metrics',
    '/health/live',
    '/-/ready',
    '/a%20b',
  ]);
  expect(paths.parse('none')).toEqual([]);
  expect(paths.parse('metrics')).toBeUndefined();
});

describe('in the configuration', () => {
  test('members that are not valid are told of once, and the others count', () => {
    const { config, problems } = resolveConfig({ PORTHOLE_DISABLED: 'logs,loggs,x\u001by' }, {});
    expect(config.disabled).toEqual(['logs']);
    expect(problems.map(({ message }) => message)).toEqual([
      'PORTHOLE_DISABLED lists "loggs" and 1 more, which is not valid: expected "true", "false", or some of "http", "traces", "metrics", "logs", separated by commas; using the other members',
    ]);
  });

  test('what the variable and the option switch off adds up', () => {
    const { config, settings } = resolveConfig({ PORTHOLE_DISABLED: 'logs' }, { disabled: ['http', 'logs'] });
    expect(config.disabled).toEqual(['logs', 'http']);
    expect(settings.find(({ key }) => key === 'disabled')).toMatchObject({
      value: '"logs,http"',
      source: 'PORTHOLE_DISABLED and option disabled',
    });
    expect(resolveConfig({ PORTHOLE_DISABLED: 'false' }, { disabled: true }).config.disabled).toHaveLength(4);
    expect(resolveConfig({ PORTHOLE_DISABLED: 'nonsense' }, { disabled: ['http'] }).config.disabled).toEqual(['http']);
  });

  test('an option may be an empty list, and is wrong where its members are', () => {
    expect(resolveConfig({}, { ignorePaths: [] }).config.ignorePaths).toEqual([]);
    const { config, problems } = resolveConfig({}, { ignorePaths: [{} as string] });
    expect(config.ignorePaths).toContain('/metrics');
    expect(problems).toHaveLength(1);
  });
});
