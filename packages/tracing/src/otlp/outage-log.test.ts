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

test('reports the number that is lost while a failure goes on, once in each interval', () => {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  const log = { ...noLog, info: write, warn: write };
  const failure = { exported: 0, failed: 2, errorType: '503' };
  const reports = [0, Number.POSITIVE_INFINITY].map((intervalMs) =>
    createOutageLog(log, 'http://collector:4318/v1/traces', 'spans', intervalMs),
  );
  for (const report of reports) for (let i = 0; i < 3; i++) report(failure);
  const first = 'spans cannot be exported and are lost: http://collector:4318/v1/traces fails with 503';
  expect(lines).toEqual([
    first,
    'spans still cannot be exported, and 4 are lost so far: http://collector:4318/v1/traces fails with 503',
    'spans still cannot be exported, and 6 are lost so far: http://collector:4318/v1/traces fails with 503',
    first,
  ]);
});
