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
