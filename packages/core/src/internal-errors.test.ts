import fc from 'fast-check';
import { expect, test } from 'vitest';
import { internalErrors, messageOf, reportInternalError } from './internal-errors.js';

test('failures are counted by component, with the last message', () => {
  reportInternalError('counted', new Error('first'));
  reportInternalError('counted', new Error('second'));
  reportInternalError('other', 'a text');
  expect(internalErrors().get('counted')).toEqual({ count: 2, lastMessage: 'second' });
  expect(internalErrors().get('other')).toEqual({ count: 1, lastMessage: 'a text' });
  expect(internalErrors().get('never')).toBeUndefined();
});

test.each([
  ['an error', new Error('no'), 'no'],
  ['an error without a message', new TypeError(), 'TypeError'],
  ['several lines', new Error('a\r\n\tb\u2028c'), 'a b c'],
  ['control characters', new Error('a\u001b[31mb\u0000\u0085c'), 'a [31mb c'],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['an object without a prototype', Object.create(null), 'an error that cannot be shown'],
  [
    'an error whose message is no text',
    Object.assign(new Error(), { message: { a: 1 } }),
    'an error that cannot be shown',
  ],
])('the message of %s', (_, thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});

test('anything that is thrown has a message of one line and at most 200 characters', () => {
  const thrown = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary', maxLength: 1000 }).map((message) => new Error(message)),
    fc.constant(new Error('x'.repeat(1 << 20))),
  );
  fc.assert(
    fc.property(thrown, (error) => {
      const message = messageOf(error);
      expect(message.length).toBeLessThanOrEqual(200);
      expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
  );
});
