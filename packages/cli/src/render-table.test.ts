import { expect, test } from 'vitest';
import { renderTable } from './render-table.js';

test('columns are aligned, and no line ends with spaces', () => {
  expect(
    renderTable([
      ['LOG_LEVEL', 'info', 'default'],
      ['A', 'x', ''],
    ]),
  ).toBe('LOG_LEVEL  info  default\nA          x\n');
  expect(renderTable([])).toBe('');
});
