import { WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failDatabaseCall } from './database-call.js';

const failed = (error: unknown): WorkRecord => {
  const record = new WorkRecord('client', 'SELECT', undefined);
  failDatabaseCall(record, error);
  return record;
};

test('reports a database code as error and status, and a connection code as the error alone', () => {
  expect(failed({ code: '23505' })).toMatchObject({ errorType: '23505' });
  expect(failed({ code: '23505' }).attributes).toEqual({ 'db.response.status_code': '23505' });
  for (const code of [
    'ECONNREFUSED',
    'EAI_AGAIN',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UND_ERR_SOCKET',
  ]) {
    expect(failed({ code })).toMatchObject({ errorType: code, attributes: undefined });
  }
  expect(failed(new RangeError('x')).errorType).toBe('RangeError');
});

test('reports an unreadable error, and ignores an invalid code', () => {
  const hostile = {
    get code(): never {
      throw new Error('no');
    },
  };
  expect(failed(hostile).errorType).toBe('Error');
  fc.assert(
    fc.property(fc.anything(), (error) => {
      expect(typeof failed(error).errorType).toBe('string');
    }),
  );
});
