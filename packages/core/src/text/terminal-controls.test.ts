import { expect, test } from 'vitest';
import { TERMINAL_CONTROLS } from './terminal-controls.js';

test('finds controls, separators and bidirectional marks, every one of them', () => {
  const hostile = '\u0000\u001b\u007f\u009b\u061c\u200e\u2028\u2029\u202e\u2066\u2069';
  expect(hostile.replace(TERMINAL_CONTROLS, '?')).toBe('?'.repeat(hostile.length));
});

test('leaves alone what shows', () => {
  const plain = 'postgres failed: «не отвечает» 日本 🙂';
  expect(plain.replace(TERMINAL_CONTROLS, '?')).toBe(plain);
});
