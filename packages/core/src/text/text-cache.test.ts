import { expect, test } from 'vitest';
import { createTextCache } from './text-cache.js';

test('what is made of a text is made once, whatever object the text is', () => {
  const made: string[] = [];
  const lengthOf = createTextCache((text) => {
    made.push(text);
    return { length: text.length };
  });
  const first = lengthOf('curl/8.5');
  expect(lengthOf(['curl', '8.5'].join('/'))).toBe(first);
  expect(lengthOf('')).toEqual({ length: 0 });
  expect(made).toEqual(['curl/8.5', '']);
});

test('a caller that invents texts makes it start over, and long ones are not kept', () => {
  let made = 0;
  const cache = createTextCache(() => ++made);
  cache('first');
  for (let i = 0; i < 256; i++) cache(`invented ${i}`);
  expect(cache('first')).toBe(made);
  const long = 'x'.repeat(1025);
  expect(cache(long)).not.toBe(cache(long));
});
