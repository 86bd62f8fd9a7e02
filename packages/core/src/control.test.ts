import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { expect, test } from 'vitest';

test.each(['control.js', 'control.cjs'])("the clients' entry %s stays small and needs node:fs alone", (entry) => {
  const files = new Map<string, string>();
  const builtins = new Set<string>();
  const queue = [entry];
  for (const file of queue) {
    if (files.has(file)) continue;
    const source = readFileSync(new URL(`../dist/${file}`, import.meta.url), 'utf8');
    files.set(file, source);
    for (const [, specifier = ''] of source.matchAll(/(?:from |import |require\()['"]([^'"]+)['"]/g)) {
      if (specifier.startsWith('./')) queue.push(specifier.slice(2));
      else builtins.add(specifier.replace('node:', ''));
    }
  }
  expect([...builtins].sort()).toEqual(['fs']);
  expect([...builtins].every((name) => builtinModules.includes(name))).toBe(true);
  expect([...files.values()].join('').length).toBeLessThan(8192);
});
