import { internalErrors } from '@porthole/core/internal';
import { expect, test } from 'vitest';
import { expressRouteOf } from './express-route.js';

test('finds no route in an application that contains itself', () => {
  const app: { mountpath: string; parent?: object } = { mountpath: '/a' };
  app.parent = app;
  expect(expressRouteOf({ route: { path: '/b' }, app, originalUrl: '/a/b' })).toBe('');
});

test('counts an unreadable request and finds no route', () => {
  const before = internalErrors().get('http')?.count ?? 0;
  const request = {
    get route(): never {
      throw new Error('as expected');
    },
  };
  expect(expressRouteOf(request)).toBe('');
  expect(internalErrors().get('http')?.count).toBe(before + 1);
});
