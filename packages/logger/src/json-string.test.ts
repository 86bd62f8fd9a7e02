import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonString } from './json-string.js';

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);

describe('a JSON string', () => {
  test('gives the text back when it is parsed, whatever UTF-16 it holds', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(JSON.parse(jsonString(text))).toBe(text);
      }),
    );
  });

  test('holds no raw character that a terminal or a viewer obeys', () => {
    const deceptive = '\u0000\u001b\u007f\u0085\u009b\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff';
    const json = jsonString(`a${deceptive}b`);
    expect(json).toMatch(/^[ -~]*$/);
    expect(JSON.parse(json)).toBe(`a${deceptive}b`);
  });

  test('leaves letters of all scripts as they are', () => {
    expect(jsonString('Größe 大きさ 🚢')).toBe('"Größe 大きさ 🚢"');
  });

  test('takes at most the bytes it is given, and says where it is cut', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 5, max: 60 }), (text, maxBytes) => {
        const json = jsonString(text, maxBytes);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(maxBytes);
        const shown = JSON.parse(json) as string;
        if (Buffer.byteLength(jsonString(text)) <= maxBytes) expect(shown).toBe(text);
        else expect(text.startsWith(shown.slice(0, -1)) && shown.endsWith('…')).toBe(true);
      }),
    );
  });

  test('is cut between characters, never inside a pair or an escape', () => {
    for (let maxBytes = 5; maxBytes < 60; maxBytes++) {
      expect(jsonString('🚢"\u202e'.repeat(20), maxBytes)).toMatch(/^"(🚢|\\"|\\u202e)*…"$/u);
    }
  });

  test('does not look at all of a text of which little is shown', () => {
    expect(jsonString('é'.repeat(50_000_000), 16)).toBe('"ééééé…"');
  });
});
