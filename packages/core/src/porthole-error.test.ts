import { expect, test } from 'vitest';
import { PortholeError } from './porthole-error.js';

test('an error carries its code and its cause', () => {
  const cause = new Error('underneath');
  const error = new PortholeError('no', { code: 'PORTHOLE_TEST', cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'PortholeError', message: 'no', code: 'PORTHOLE_TEST', cause });
  expect('cause' in new PortholeError('no', { code: 'PORTHOLE_TEST' })).toBe(false);
});

test('an error is known by its brand, which does not show', () => {
  const error = new PortholeError('no', { code: 'PORTHOLE_TEST' });
  expect(PortholeError.is(error)).toBe(true);
  expect(Object.keys(error)).toEqual(['code', 'name']);
  for (const other of [new Error('no'), { code: 'PORTHOLE_TEST' }, 'PortholeError', null, undefined]) {
    expect(PortholeError.is(other)).toBe(false);
  }
});
