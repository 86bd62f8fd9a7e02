import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sharedState } from './shared-state.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

test('the first to ask creates the value, and all get the same', () => {
  const first = sharedState('test', () => ({ made: 'first' }));
  expect(first).toEqual({ made: 'first' });
  expect(sharedState('test', () => ({ made: 'second' }))).toBe(first);
});

test('a value may be undefined and is still made once', () => {
  let made = 0;
  for (let i = 0; i < 2; i++) {
    sharedState('test-undefined', () => {
      made++;
    });
  }
  expect(made).toBe(1);
});

test('the ESM and the CommonJS build in one process share the context, the observers, the errors and the identity', () => {
  const program = `
    import { createRequire } from 'node:module';
    import * as esm from '@porthole/core';
    import * as esmInternal from '@porthole/core/internal';
    const require = createRequire(process.cwd() + '/');
    const cjs = require('@porthole/core');
    const cjsInternal = require('@porthole/core/internal');

    const ended = [];
    cjsInternal.addObserver({ component: 'test', end: (record) => ended.push(record.name) });
    esmInternal.addObserver({ component: 'broken', end: () => { throw new Error('as expected'); } });
    const seen = esm.withRecord({ name: 'from esm' }, (record) => cjsInternal.activeRecord() === record);
    const seenBack = cjs.withRecord({ name: 'from cjs' }, (record) => esmInternal.activeRecord() === record);
    const { config } = esmInternal.loadConfig();
    console.log(JSON.stringify({
      separateCopies: esm.withRecord !== cjs.withRecord,
      seen,
      seenBack,
      ended,
      errors: cjsInternal.internalErrors().get('broken')?.count,
      sameInstance: esmInternal.resourceOf(config)['service.instance.id'] === cjsInternal.resourceOf(config)['service.instance.id'],
      isPortholeError: esm.PortholeError.is(new cjs.PortholeError('x', { code: 'PORTHOLE_TEST' })),
    }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: PACKAGE,
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual({
    separateCopies: true,
    seen: true,
    seenBack: true,
    ended: ['from esm', 'from cjs'],
    errors: 2,
    sameInstance: true,
    isPortholeError: true,
  });
});

test('importing the package starts nothing: a process that only imports it ends by itself, with no output', () => {
  const program = `import '@porthole/core'; import '@porthole/core/internal'; import '@porthole/core/control';`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: PACKAGE,
    encoding: 'utf8',
  });
  expect(output).toBe('');
});
