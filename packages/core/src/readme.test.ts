import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { variables } from './config/variables.js';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README runs', () => {
  const example = /```ts\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', example], { cwd, encoding: 'utf8' });
  expect(output).toBe('42\n');
});

test('the README names every variable, and no other', () => {
  const named = new Set(README.match(/\b(?:PORTHOLE|OTEL|DD|LOG)_[A-Z_]+[A-Z]\b/g));
  const known = Object.values(variables).flatMap(({ names, fallback }) => [...names, fallback ?? []].flat());
  expect([...named].sort()).toEqual([...new Set(known)].sort());
});
