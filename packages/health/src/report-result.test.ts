import { noInstruments, noLog } from '@porthole/core/internal';
import { expect, test } from 'vitest';
import { createReporters } from './report-result.js';

test('a check that has become slow is told of once, until it has been quick again', () => {
  const warnings: unknown[] = [];
  const log = { ...noLog, warn: (fields: object, message: string) => void warnings.push([fields, message]) };
  const report = createReporters(log, noInstruments, () => [])('ready', 50);
  for (const durationMs of [10, 30, 40, 10, 30.4]) {
    report({ name: 'db', status: 'pass', critical: true, durationMs, checkedAtMs: 0 }, { isExecution: true });
  }
  const slow = [
    { check: 'db', probe: 'ready', duration_ms: 30 },
    'health check is slow: it took 30 of the 50 ms that it has',
  ];
  expect(warnings).toEqual([slow, slow]);
});
