import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createThresholds } from './apply-thresholds.js';
import type { CheckResult } from './probe-result.js';

const result = (passes: boolean): CheckResult => ({
  name: 'db',
  critical: true,
  durationMs: 1,
  checkedAtMs: 0,
  ...(passes ? { status: 'pass' } : { status: 'fail', reason: 'refused' }),
});

/** What counts after each of the results, written as `+` and `-`. */
function stateAfter(results: string, failureThreshold: number, successThreshold: number): string {
  const applyThresholds = createThresholds({ failureThreshold, successThreshold });
  return [...results].map((sign) => (applyThresholds(result(sign === '+')).status === 'pass' ? '+' : '-')).join('');
}

describe('a state', () => {
  test.each([
    ['+-+', 1, 1, '+-+'],
    ['+--+', 3, 1, '++++'],
    ['+---', 3, 1, '+++-'],
    ['+--+--', 3, 1, '++++++'],
    ['+---+++', 3, 2, '+++--++'],
    ['+---+-+-', 3, 2, '+++-----'],
    ['-', 3, 1, '-'],
    ['-+', 3, 2, '--'],
    ['-++', 3, 2, '--+'],
  ])('of %s with thresholds %i and %i is %s', (results, failures, successes, expected) => {
    expect(stateAfter(results, failures, successes)).toBe(expected);
  });

  test('changes only after as many results in a row as its threshold says', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('+', '-') }), fc.nat(3), fc.nat(3), (results, f, s) => {
        const states = stateAfter(results, f + 1, s + 1);
        for (let i = 1; i < states.length; i++) {
          const [before, after] = [states[i - 1], states[i] as string];
          if (before === after) continue;
          const threshold = after === '+' ? s + 1 : f + 1;
          expect(results.slice(i + 1 - threshold, i + 1)).toBe(after.repeat(threshold));
        }
      }),
    );
  });

  test('that is held back says what speaks against it', () => {
    const applyThresholds = createThresholds({ failureThreshold: 3, successThreshold: 2 });
    applyThresholds(result(true));
    expect(applyThresholds(result(false)).pending).toBe('failed 1 of 3 times: refused');
    expect(applyThresholds(result(false)).pending).toBe('failed 2 of 3 times: refused');
    expect(applyThresholds(result(false))).toEqual(result(false));
    expect(applyThresholds(result(true))).toMatchObject({
      status: 'fail',
      reason: 'refused',
      pending: 'passed 1 of 2 times',
    });
    expect(applyThresholds(result(true))).toEqual(result(true));
  });
});
