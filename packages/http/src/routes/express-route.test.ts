import { internalErrors } from '@porthole/core/internal';
import { expect, test } from 'vitest';
import { expressRouteOf } from './express-route.js';

test('an application that contains itself has no route that could be told', () => {
  const app: { mountpath: string; parent?: object } = { mountpath: '/a' };
  app.parent = app;
  expect(expressRouteOf({ route: { path: '/b' }, app, originalUrl: '/a/b' })).toBe('');
});

test('what cannot be read is no route, and is counted', () => {
  const before = internalErrors().get('http')?.count ?? 0;
  const request = {
    get route(): never {
      throw new Error('as expected');
    },
  };
  expect(expressRouteOf(request)).toBe('');
  expect(internalErrors().get('http')?.count).toBe(before + 1);
});
