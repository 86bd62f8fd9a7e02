import { PortholeError } from '@porthole/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckOptions, checkName, resolveCheckOptions } from './health-check.js';

describe('resolveCheckOptions', () => {
  test('fills in the defaults and leaves its input alone', () => {
    const input: CheckOptions = Object.freeze({ timeoutMs: 300 });
    const defaults = {
      timeoutMs: 500,
      cacheMs: 1000,
      critical: true,
      failureThreshold: 1,
      successThreshold: 1,
      groups: [],
      everyMs: undefined,
    };
    expect(resolveCheckOptions(input)).toEqual({ ...defaults, timeoutMs: 300 });
    expect(resolveCheckOptions()).toEqual(defaults);
  });

  test.each<[CheckOptions, string]>([
    [{ timeoutMs: 0 }, 'timeoutMs: 0 is not valid: expected a number of milliseconds from 1 to 60000'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs: NaN is not valid'],
    [{ timeoutMs: '5' as unknown as number }, 'timeoutMs: "5" is not valid'],
    [{ cacheMs: -1 }, 'cacheMs: -1 is not valid: expected a number of milliseconds from 0 to 3600000'],
    [{ cacheMs: Number.POSITIVE_INFINITY }, 'cacheMs: Infinity is not valid'],
    [{ critical: 1 as unknown as boolean }, 'critical: 1 is not valid: expected true or false'],
    [{ failureThreshold: 0 }, 'failureThreshold: 0 is not valid: expected a whole number from 1 to 100'],
    [{ successThreshold: 1.5 }, 'successThreshold: 1.5 is not valid: expected a whole number from 1 to 100'],
    [500 as CheckOptions, 'options: 500 is not valid: expected an object such as { timeoutMs: 500 }'],
    [null as never, 'options: (object) is not valid: expected an object'],
    [{ timeout: 5 } as CheckOptions, 'options: "timeout" is not valid: expected no others than timeoutMs, cacheMs'],
    [{ everyMs: 99 }, 'everyMs: 99 is not valid: expected a number of milliseconds from 100 to 3600000'],
    [{ groups: 'db' as unknown as string[] }, 'groups: "db" is not valid: expected a list of names'],
    [{ groups: ['a b'] }, '"a b" cannot name a health check'],
  ])('refuses %o', (options, message) => {
    expect(() => resolveCheckOptions(options)).toThrow(message);
  });
});

describe('checkName', () => {
  test('takes exactly the names that are safe in a path, a label and a report', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w.-]{0,70}\n?$/)), (name) => {
        const isSafe = name.length >= 1 && name.length <= 64 && [...name].every((c) => /[A-Za-z0-9_.-]/.test(c));
        if (isSafe) expect(checkName(name)).toBe(name);
        else expect(() => checkName(name)).toThrow(PortholeError);
      }),
    );
  });

  test.each([undefined, null, 7, {}, Symbol('x')])('refuses %o', (name) => {
    expect(() => checkName(name as string)).toThrow('cannot name a health check');
  });
});
