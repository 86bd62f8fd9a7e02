import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CheckResult, ProbeResult } from './probe-result.js';
import { renderHealthJson } from './render-health-json.js';

const check = (name: string, more: Partial<CheckResult> = {}): CheckResult => ({
  name,
  status: 'pass',
  critical: true,
  durationMs: 1.23456,
  checkedAtMs: Date.UTC(2026, 10, 26),
  ...more,
});
const result = (checks: readonly CheckResult[], more: Partial<ProbeResult> = {}): ProbeResult => ({
  probe: 'ready',
  passed: checks.every(({ status }) => status !== 'fail'),
  checks,
  unknownExclusions: [],
  ...more,
});
const detail = { time: '2026-11-26T00:00:00.000Z', observedValue: 1.235, observedUnit: 'ms' };

test('the object has the members of the draft, and reasons where they are told', () => {
  const failed = result([check('db', { status: 'fail', reason: 'refused' }), check('cache')]);
  expect(JSON.parse(renderHealthJson(failed, { reasons: true }))).toEqual({
    status: 'fail',
    checks: { db: [{ status: 'fail', ...detail, output: 'refused' }], cache: [{ status: 'pass', ...detail }] },
  });
  expect(renderHealthJson(failed, { reasons: false })).not.toContain('refused');
});

test('one that is excluded is not said to have been looked at', () => {
  const text = renderHealthJson(result([check('db', { excluded: true })]), { reasons: false });
  expect(JSON.parse(text).checks).toEqual({ db: [{ status: 'pass', output: 'excluded' }] });
});

test('one that is not critical warns', () => {
  const warned = result([check('cache', { status: 'warn', critical: false, reason: 'x' })]);
  expect(JSON.parse(renderHealthJson(warned, { reasons: false })).status).toBe('warn');
});

test('a reason that is public is not withheld', () => {
  const waiting = result([check('serving', { status: 'fail', reason: 'waiting', isPublic: true })]);
  expect(JSON.parse(renderHealthJson(waiting, { reasons: false })).checks.serving[0].output).toBe('waiting');
});

test('names that cannot be excluded are noted, and not repeated', () => {
  const text = renderHealthJson(result([], { unknownExclusions: ['<script>'] }), { reasons: true });
  expect(JSON.parse(text)).toEqual({
    status: 'pass',
    notes: ['some health checks cannot be excluded: there are none of these names'],
  });
});

test('whatever there is, it is JSON of 4 KB at most, and what fails is in it first', () => {
  const status = fc.constantFrom('pass' as const, 'warn' as const, 'fail' as const);
  const any = fc.record({ status, reason: fc.string({ unit: 'binary', maxLength: 200 }) });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 100 }), (list) => {
      const checks = list.map((one, index) => check(`check-${index}`, one));
      const text = renderHealthJson(result(checks), { reasons: true });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      const shown = Object.values(JSON.parse(text).checks ?? {}) as [{ status: string }][];
      const failing = checks.filter((one) => one.status === 'fail').length;
      expect(shown.slice(0, failing).every(([{ status: its }]) => its === 'fail')).toBe(true);
    }),
  );
});
