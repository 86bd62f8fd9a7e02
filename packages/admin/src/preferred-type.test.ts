import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preferredType } from './preferred-type.js';

const OFFERED = ['text/plain', 'application/health+json', 'application/json'] as const;

describe('the preferred type', () => {
  test.each([
    [undefined, 'text/plain'],
    ['', 'text/plain'],
    ['*/*', 'text/plain'],
    ['image/png', 'text/plain'],
    ['application/json', 'application/json'],
    ['Application/JSON; charset=utf-8', 'application/json'],
    ['application/*', 'application/health+json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/plain, application/json', 'text/plain'],
    ['*/*, application/json', 'application/json'],
    ['text/plain;q=0.5, application/json;q=0.8', 'application/json'],
    ['text/plain;q=0.8, application/json;q=0.5', 'text/plain'],
    ['application/json;q=0', 'text/plain'],
    ['text/*, text/plain;q=0, application/json;q=0.1', 'application/json'],
    ['application/json;q=nonsense', 'application/json'],
    ['application/health+json;q=0.9,application/json;q=0.8,*/*;q=0.1', 'application/health+json'],
    // What browsers send.
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/plain'],
  ])('of %j is %s', (accept, expected) => expect(preferredType(accept, OFFERED)).toBe(expected));

  test('is one that is offered, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (accept) => {
        expect(OFFERED).toContain(preferredType(accept, OFFERED));
      }),
    );
  });

  test('is none that is refused where another is taken, and none that is liked less', () => {
    const qualities = fc.record(Object.fromEntries(OFFERED.map((type) => [type, fc.integer({ min: 0, max: 10 })])));
    fc.assert(
      fc.property(qualities, (tenths) => {
        const accept = Object.entries(tenths).map(([type, q]) => `${type};q=${(q / 10).toFixed(1)}`);
        const best = Math.max(...Object.values(tenths));
        const chosen = preferredType(accept.join(', '), OFFERED);
        expect(best === 0 ? 0 : tenths[chosen]).toBe(best);
      }),
    );
  });
});
