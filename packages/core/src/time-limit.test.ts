import { expect, test } from 'vitest';
import { aborted, atMost } from './time-limit.js';

test('aborted resolves for a signal that has aborted and for one that aborts later', async () => {
  const controller = new AbortController();
  const later = aborted(controller.signal);
  controller.abort();
  expect(await Promise.all([later, aborted(controller.signal)])).toEqual([undefined, undefined]);
});

test('aborted never resolves without a signal', async () => {
  expect(await Promise.race([aborted(undefined), new Promise((resolve) => setImmediate(resolve, 'later'))])).toBe(
    'later',
  );
});

test('atMost waits for the work, or for the time', async () => {
  const done: string[] = [];
  await atMost(
    60_000,
    Promise.resolve().then(() => done.push('work')),
  );
  expect(done).toEqual(['work']);
  await atMost(1, new Promise(() => {}));
});

test('atMost rejects as the work does', async () => {
  await expect(atMost(60_000, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
});
