import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readReport, renderTestSummary } from '../../scripts/test-summary.mjs';
import { ROOT } from './workspace.js';

const CHECK = { command: 'npm run check', passed: true, ms: 61_400 };
const UNIT = { command: 'npx vitest run --project unit', passed: true, ms: 2_000, tests: 3314 };

test('the summary has each command with its time and tests, and what was left out with the reason', () => {
  const leftOut = [{ what: 'the container tests (test/e2e)', why: 'docker version failed' }];
  expect(renderTestSummary({ steps: [CHECK, UNIT], leftOut, ms: 63_400 })).toEqual([
    'summary: passed after 1 min 3 s',
    '  passed    npm run check (1 min 1 s)',
    '  passed    npx vitest run --project unit (2 s, 3314 tests)',
    '  left out  the container tests (test/e2e): docker version failed',
  ]);
});

test('it says that nothing was left out', () => {
  expect(renderTestSummary({ steps: [UNIT], leftOut: [], ms: 2_000 }).at(-1)).toBe('  nothing was left out');
});

test('a failure stands in the first line, and nothing is said of what had not begun', () => {
  const lines = renderTestSummary({ steps: [CHECK, { ...UNIT, passed: false }], leftOut: [], ms: 63_400 });
  expect(lines[0]).toBe('summary: FAILED after 1 min 3 s');
  expect(lines.at(-1)).toBe('  FAILED    npx vitest run --project unit (2 s, 3314 tests)');
});

test('tests that vitest has left out are counted by file, with the names of their groups', () => {
  const skipped = (ancestorTitles: readonly string[], title: string) => ({ status: 'skipped', ancestorTitles, title });
  const report = {
    numPassedTests: 7,
    testResults: [
      {
        name: join(ROOT, 'packages/clients/src/record-pg.test.ts'),
        assertionResults: [
          skipped(['the statements of pg'], 'are spans'),
          skipped(['the statements of pg'], 'have no values'),
          skipped([], 'needs PostgreSQL'),
          { status: 'passed', ancestorTitles: ['other'], title: 'runs' },
          skipped(['other'], 'is empty (needs root)'),
        ],
      },
      { name: join(ROOT, 'a.test.ts'), assertionResults: [{ status: 'passed', ancestorTitles: [], title: 'other' }] },
    ],
  };
  expect(readReport(report)).toEqual({
    passed: 7,
    leftOut: [
      {
        what: '4 tests of packages/clients/src/record-pg.test.ts',
        why: 'the statements of pg; needs PostgreSQL; is empty (needs root)',
      },
    ],
  });
});
