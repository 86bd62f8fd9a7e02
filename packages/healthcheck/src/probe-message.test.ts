import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failedChecks, inOneLine, inSeveralLines } from './probe-message.js';

describe('the failed checks of an answer', () => {
  test('come with their reasons where it tells them', () => {
    const body =
      '[+]cache ok\n[-]postgres failed: connection refused\n[-]queue failed: reason withheld\nreadyz check failed\n';
    expect(failedChecks(body)).toBe('postgres failed (connection refused), queue failed');
  });

  test('are not guessed where the answer names none', () => {
    expect(failedChecks('Service Unavailable')).toBe('no reason given');
  });
});

describe('a message', () => {
  test('in one line is one line of at most 4096 bytes, without control characters, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), (text) => {
        const line = inOneLine(text);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('in several lines keeps the lines and nothing else that steers a terminal', () => {
    expect(inSeveralLines('[+]a ok\r\n[-]b failed: \u001b[31mred\u202e\n\n')).toBe('[+]a ok\n[-]b failed: ?[31mred?');
  });

  test('that is too long is cut between two characters', () => {
    const cut = inSeveralLines('é'.repeat(4096));
    expect(cut).toMatch(/^é+…$/);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(4090);
  });
});
