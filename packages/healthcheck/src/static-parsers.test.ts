/** What the static program reads, whatever it is: by itself under the sanitizers, and beside core. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAddresses } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findAdminTarget } from './find-targets.js';
import { findUrlTarget } from './find-url-target.js';
import { inOneLine, inSeveralLines } from './probe-message.js';
import { quote } from './quote.js';
import { hasProgram } from './testing/has-program.js';
import { SETTINGS } from './testing/setting-cases.js';

const SOURCES = fileURLToPath(new URL('../static/', import.meta.url));

describe.skipIf(!hasProgram('gcc'))('what comes from outside', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** With the sanitizers, which end it where something is wrong. */
  function build(name: string): string {
    const parsers = ['text.c', 'address.c', 'arguments.c', 'settings.c', 'question.c'].map((source) =>
      join(SOURCES, source),
    );
    const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g', '-O1', '-DPORTHOLE_HOSTED'];
    const program = join(folder, name);
    execFileSync('gcc', ['-std=c11', ...sanitizers, '-o', program, join(SOURCES, `fuzz/${name}.c`), ...parsers]);
    return program;
  }

  test('is read without a mistake that the sanitizers know, whatever it is', { timeout: 120_000 }, () => {
    const program = build('fuzz');
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { status, stderr, stdout } = spawnSync(program, ['30000', String(seed)], { encoding: 'utf8' });
    expect(stderr, `seed ${seed}`).toBe('');
    expect(stdout).toBe('30000 rounds\n');
    expect(status).toBe(0);
  });

  test('is shown in the same words as by the probe in Node.js, whatever it is', { timeout: 120_000 }, () => {
    const program = build('print-messages');
    const seed = Math.floor(Math.random() * 2 ** 31);
    const bytes = [
      0x09, 0x0a, 0x0b, 0x0d, 0x20, 0x22, 0x5c, 0x1b, 0x7f, 0x61, 0x80, 0x85, 0x9b, 0x9f, 0xa0, 0xa8, 0xbf,
    ];
    const firsts = [0xc0, 0xc2, 0xc3, 0xe0, 0xe1, 0xe2, 0xe3, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
    const byte = fc.oneof(fc.constantFrom(...bytes, ...firsts), fc.integer({ min: 1, max: 255 }));
    const character = fc
      .constantFrom(...'\u00a0\u1680\u2003\u2028\u202e\u2066\u061c\u3000\ufeff\u200e\u0085äü🧀')
      .map((one) => [...Buffer.from(one)]);
    const piece = fc.oneof(
      byte.map((one) => [one]),
      character,
    );
    const text = fc.oneof(
      { weight: 50, arbitrary: fc.array(piece, { maxLength: 30 }) },
      fc.array(piece, { minLength: 1500, maxLength: 3000 }),
    );
    const texts = fc.sample(text, { numRuns: 3000, seed }).map((pieces) => Buffer.from(pieces.flat()));
    const input = Buffer.concat(texts.flatMap((one) => [one, Buffer.from([0])]));
    const shown = execFileSync(program, { input, env: {}, maxBuffer: 2 ** 28 })
      .toString('latin1')
      .split('\0');
    for (const [index, one] of texts.entries()) {
      const decoded = one.toString('utf8');
      const expected = [inOneLine(decoded), inSeveralLines(decoded), inOneLine(quote(decoded))];
      const printed = shown.slice(3 * index, 3 * index + 3).map((line) => Buffer.from(line, 'latin1').toString('utf8'));
      expect(printed, `seed ${seed}, ${one.toString('hex')}`).toEqual(expected);
    }
  });

  test('is the same URL to the probe in Node.js, whatever it is', { timeout: 120_000 }, () => {
    const program = build('print-urls');
    const seed = Math.floor(Math.random() * 2 ** 31);
    const pieces =
      'http:// HTTP:// https:// :// : / ? # @ [ ] :: ::1 127.0.0.1 127. 0x 0x7f 1 08 .1 . localhost a f - _ %20 :80 :0 :65536 ü \\ " \n'.split(
        ' ',
      );
    const rest = fc.string({ unit: fc.constantFrom(...pieces, ' ', '\t', '\u00a0', '\u202e'), maxLength: 6 });
    const url = fc.tuple(
      fc.constantFrom('http://', 'http://', 'http://127.0.0.1', 'http://[::1]', 'http://localhost', ''),
      rest,
    );
    const urls = fc.sample(url, { numRuns: 20_000, seed }).map((parts) => parts.join(''));
    const input = urls.map((one) => `${one}\0`).join('');
    const lines = execFileSync(program, { input, encoding: 'utf8', env: {}, maxBuffer: 2 ** 28 }).split('\n');
    for (const [index, one] of urls.entries()) {
      const target = findUrlTarget(one, false);
      const expected =
        typeof target === 'string' ? inOneLine(target) : `${target.name} ${target.url} ${target.headers.Host}`;
      if (lines[index] !== expected) expect({ seed, url: one, line: lines[index] }).toEqual({ line: expected });
    }
    expect(lines.filter((line) => / \//.test(line)).length).toBeGreaterThan(100);
  });

  test('is taken for the same setting as by core, whatever it is', { timeout: 120_000 }, () => {
    const words =
      'off OFF no on false 0.0.0.0 127.0.0.1 ::ffff: localhost lo /tmp abcd f 0 1 00 99 127 255 65535 0x7f . : :: % - _ / [ ]';
    const letters = ' \t\u00a0\u2028\ufeff\u200b\u0085\u007f\u202eü🧀\u212a\ufffd';
    const pieces = fc.constantFrom(...words.split(' '), ...letters, 'x'.repeat(511));
    const other = fc.string({ unit: 'binary', maxLength: 1 });
    const value = fc
      .string({ unit: fc.oneof({ weight: 12, arbitrary: pieces }, other), maxLength: 7 })
      // The zero is the end.
      .map((text) => text.replaceAll('\0', ''));
    const names = SETTINGS.map((settings) => settings.name).filter((one) => one.startsWith('PORTHOLE_'));
    const program = build('print-settings');
    const seed = Math.floor(Math.random() * 2 ** 31);
    const variables = fc.sample(fc.tuple(fc.constantFrom(...names), value), { numRuns: 20_000, seed });
    const input = variables.map(([variable, text]) => `${variable}=${text}\0`).join('');
    const lines = execFileSync(program, { input, encoding: 'utf8', env: {} }).split('\n');
    for (const [index, [variable, text]] of variables.entries()) {
      const expected = settingsIn({ [variable]: text });
      if (lines[index] !== expected) expect({ seed, variable, text, line: lines[index] }).toEqual({ line: expected });
    }
  });

  /** As the program prints them. */
  function settingsIn(env: Readonly<Record<string, string>>): string {
    const addresses = loadAddresses({}, env);
    const { adminPort, control, directory: configured } = addresses;
    const place = findAdminTarget('live', { ...addresses, adminPort: 1 });
    const host = 'target' in place && 'host' in place.target.address ? place.target.address.host : '';
    return `${adminPort === 'off' ? -1 : adminPort} ${host} ${Number(control)} ${configured || '/tmp'}`;
  }
});
