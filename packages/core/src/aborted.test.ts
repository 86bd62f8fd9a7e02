import { expect, test } from 'vitest';
import { aborted } from './aborted.js';

test('resolves for a signal that has aborted and for one that aborts later', async () => {
  const controller = new AbortController();
  const later = aborted(controller.signal);
  controller.abort();
  expect(await Promise.all([later, aborted(controller.signal)])).toEqual([undefined, undefined]);
});

test('never resolves without a signal', async () => {
  expect(await Promise.race([aborted(undefined), new Promise((resolve) => setImmediate(resolve, 'later'))])).toBe(
    'later',
  );
});
