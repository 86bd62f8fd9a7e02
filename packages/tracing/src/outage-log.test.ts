import { noLog } from '@porthole/core/internal';
import { expect, test } from 'vitest';
import { createOutageLog } from './outage-log.js';

test('says once that spans are lost and once that they are not any more, without the secrets of the URL', () => {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  const report = createOutageLog(
    { ...noLog, info: write, warn: write },
    'http://user:secret@collector:4318/v1/traces?key=1',
    'spans',
  );
  const failure = { exported: 0, failed: 2, errorType: 'ECONNREFUSED' };
  const success = { exported: 3, failed: 0, errorType: '' };
  for (const outcome of [success, failure, failure, success, success, failure]) report(outcome);
  expect(lines).toEqual([
    'spans cannot be exported and are lost: http://collector:4318/v1/traces fails with ECONNREFUSED',
    'spans are exported again; 4 were lost',
    'spans cannot be exported and are lost: http://collector:4318/v1/traces fails with ECONNREFUSED',
  ]);
});
