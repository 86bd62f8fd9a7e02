import { channel } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { guardedListener } from './guarded-listener.js';
import { internalErrors } from './internal-errors.js';

test('what a listener throws is counted under its component, and the next message still reaches it', () => {
  const seen: unknown[] = [];
  const guarded = channel('porthole:test:guarded');
  guarded.subscribe(
    guardedListener('guarded', (message: number) => {
      seen.push(message);
      throw new Error(`no ${message}`);
    }),
  );
  guarded.publish(1);
  guarded.publish(2);
  expect(seen).toEqual([1, 2]);
  expect(internalErrors().get('guarded')).toEqual({ count: 2, lastMessage: 'no 2' });
});
