import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as checks from './checks.js';
import { resolveCheckOptions } from './health-check.js';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the examples of the README run', () => {
  const examples = [...README.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(examples.length).toBe(2);
  const service = `
    globalThis.pool = { query: async () => {} };
    globalThis.cache = { isReady: false };
    globalThis.migrations = { areDone: () => true };
  `;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', [service, ...examples].join('\n')], {
    cwd,
    encoding: 'utf8',
  });
  expect(output).toBe('[+]postgres ok\n[+]cache excluded: ok\nreadyz check passed\n');
});

test.each(Object.keys(checks))('the README has a row for %s', (name) => {
  expect(README).toMatch(new RegExp(`^\\| \`${name}\\(`, 'm'));
});

test.each(Object.entries(resolveCheckOptions()))('the README has the default of %s', (name, value) => {
  const shown = value === undefined || (Array.isArray(value) && value.length === 0) ? 'none' : String(value);
  expect(README).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${shown} +\\|`, 'm'));
});
