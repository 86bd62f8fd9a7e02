import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatJson } from './format-json.js';

test('plain values stand on one line where they fit', () => {
  const wide = Array.from({ length: 30 }, (_, i) => `value ${i}`);
  expect(formatJson({ a: ['x', 'y'], b: [], c: [{ d: [1] }] })).toBe(
    '{\n  "a": ["x", "y"],\n  "b": [],\n  "c": [\n    {\n      "d": [1]\n    }\n  ]\n}\n',
  );
  expect(formatJson({ wide }).split('\n').length).toBeGreaterThan(30);
});

test('any value comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(formatJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
