import { noLog } from '@porthole/core/internal';
import { afterEach, expect, test } from 'vitest';
import { createDropLog, type DropLog } from './drop-log.js';

let dropLog: DropLog;
const lines: string[] = [];
const write = (_fields: object, message: string): void => void lines.push(message);

afterEach(() => {
  dropLog.close();
  lines.length = 0;
});

function create(intervalMs: number): void {
  const log = { ...noLog, info: write, warn: write };
  dropLog = createDropLog({ log, endpoint: 'http://user:secret@collector:4318/v1/traces?key=1', intervalMs });
}

const FIRST =
  'spans are dropped: the queue is full, and http://collector:4318/v1/traces takes them more slowly than they end';

test('reports the first drop at once, and no other before the interval is over, without the secrets of the URL', () => {
  create(60_000);
  for (let i = 0; i < 1000; i++) dropLog.dropped();
  expect(lines).toEqual([FIRST]);
});

test('reports the number of drops while they go on, then that they are over with the total, and begins anew', async () => {
  create(20);
  for (let i = 0; i < 5; i++) dropLog.dropped();
  await expect.poll(() => lines.length).toBeGreaterThanOrEqual(3);
  expect(lines.slice(0, 3)).toEqual([
    FIRST,
    'spans are still dropped: 4 since the last such line, 5 in all',
    'spans are no longer dropped; 5 were',
  ]);
  dropLog.dropped();
  expect(lines[3]).toBe(FIRST);
});

test('writes nothing once it is closed', () => {
  create(60_000);
  dropLog.close();
  dropLog.dropped();
  expect(lines).toEqual([]);
});
