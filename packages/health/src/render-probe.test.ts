import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckResult, ProbeResult } from './probe-result.js';
import { renderPlain, renderVerbose } from './render-probe.js';

const check = (name: string, rest: Partial<CheckResult> = {}): CheckResult => ({
  name,
  status: 'pass',
  critical: true,
  durationMs: 1,
  checkedAtMs: 0,
  ...rest,
});

const result = (checks: CheckResult[], rest: Partial<ProbeResult> = {}): ProbeResult => ({
  probe: 'ready',
  passed: checks.every(({ status }) => status !== 'fail'),
  checks,
  unknownExclusions: [],
  ...rest,
});

describe('renderPlain', () => {
  test('says one word', () => {
    expect(renderPlain(result([]))).toBe('ok\n');
    expect(renderPlain(result([check('db', { status: 'fail' })]))).toBe('failed\n');
  });

  test('warns of exclusions that name no check', () => {
    expect(renderPlain(result([], { unknownExclusions: ['dbb', 'a\nb'] }))).toBe(
      'ok\nwarn: some health checks cannot be excluded: no matches for "dbb", "a?b"\n',
    );
  });
});

describe('renderVerbose', () => {
  const mixed = result(
    [
      check('db', { status: 'fail', reason: 'refused' }),
      check('cache', { status: 'warn', critical: false, reason: 'slow' }),
      check('queue', { excluded: true }),
      check('disk'),
    ],
    { unknownExclusions: ['dbb'] },
  );

  test('has the form of Kubernetes and withholds reasons', () => {
    expect(renderVerbose(mixed, { reasons: false })).toBe(
      [
        '[-]db failed: reason withheld',
        '[-]cache failed, not critical: reason withheld',
        '[+]queue excluded: ok',
        '[+]disk ok',
        'warn: some health checks cannot be excluded: no matches for "dbb"',
        'readyz check failed\n',
      ].join('\n'),
    );
  });

  test('tells reasons where it may', () => {
    expect(renderVerbose(mixed, { reasons: true })).toContain(
      '[-]db failed: refused\n[-]cache failed, not critical: slow\n',
    );
  });

  test('withholds no reason that is public', () => {
    const waiting = result([check('serving', { status: 'fail', reason: 'waiting', isPublic: true })]);
    expect(renderVerbose(waiting, { reasons: false })).toContain('[-]serving failed: waiting\n');
  });

  test.each([
    ['live', 'livez check passed\n'],
    ['ready', 'readyz check passed\n'],
    ['startup', 'startupz check passed\n'],
  ] as const)('names the path of %s', (probe, text) => {
    expect(renderVerbose(result([], { probe }), { reasons: false })).toBe(text);
  });

  test('keeps what fails and the verdict where there is more than 4 KB', () => {
    const passing = Array.from({ length: 500 }, (_, i) => check(`check-${i}`));
    const text = renderVerbose(result([...passing, check('db', { status: 'fail' })]), { reasons: false });
    expect(text.startsWith('[-]db failed: reason withheld\n[+]check-0 ok\n')).toBe(true);
    expect(text).toMatch(/\(\d+ more checks\)\nreadyz check failed\n$/);
  });

  test('stays below 4 KB and printable whatever reasons and exclusions hold', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), fc.array(text), (reasons, unknownExclusions) => {
        const checks = reasons.map((reason, i) => check(`check-${i}`, { status: 'fail', reason }));
        const rendered = renderVerbose(result(checks, { unknownExclusions }), { reasons: true });
        expect(Buffer.byteLength(rendered)).toBeLessThanOrEqual(4096);
        expect(rendered.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(rendered.includes('warn: some health checks cannot be excluded')).toBe(unknownExclusions.length > 0);
        expect(rendered.endsWith(`readyz check ${reasons.length === 0 ? 'passed' : 'failed'}\n`)).toBe(true);
      }),
    );
  });
});
