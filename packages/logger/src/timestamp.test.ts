import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timestampOf } from './timestamp.js';

test('a timestamp is what Date makes of it, in any order of times', () => {
  const times = fc.array(fc.integer({ min: 0, max: 253_402_300_799_999 }), { minLength: 1 });
  fc.assert(
    fc.property(times, (all) => {
      for (const time of all) expect(timestampOf(time)).toBe(new Date(time).toISOString());
    }),
  );
});
