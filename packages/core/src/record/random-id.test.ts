import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { randomInt32 } from './random-id.js';

const DRAWS = 100_000;

test('a random integer is signed, of 32 bits, and never 0', () => {
  for (let i = 0; i < DRAWS; i++) {
    const value = randomInt32();
    if ((value | 0) !== value || value === 0) throw new Error(`drew ${value}`);
  }
});

test('each bit is set half of the time', () => {
  const set = new Array<number>(32).fill(0);
  for (let i = 0; i < DRAWS; i++) {
    const value = randomInt32();
    for (let bit = 0; bit < 32; bit++) set[bit] = (set[bit] as number) + ((value >>> bit) & 1);
  }
  // Eight standard deviations (sqrt(n)/2) on either side: a sound generator fails one run in 10^13.
  const tolerance = 8 * (Math.sqrt(DRAWS) / 2);
  for (const count of set) expect(Math.abs(count - DRAWS / 2)).toBeLessThan(tolerance);
});

test('values fall evenly over the range', () => {
  const buckets = new Array<number>(256).fill(0);
  for (let i = 0; i < DRAWS; i++) {
    const bucket = randomInt32() >>> 24;
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  const expected = DRAWS / buckets.length;
  const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // Chi-square with 255 degrees of freedom: mean 255, standard deviation 22.6; ten of them above.
  expect(chiSquare).toBeLessThan(255 + 226);
});

test('four draws, as a trace id has, do not come twice', () => {
  const seen = new Set<string>();
  for (let i = 0; i < DRAWS / 4; i++) seen.add(`${randomInt32()}-${randomInt32()}-${randomInt32()}-${randomInt32()}`);
  expect(seen.size).toBe(DRAWS / 4);
});

test('two processes draw different values', () => {
  const core = fileURLToPath(new URL('../../dist/internal.cjs', import.meta.url));
  const draw = `const { randomInt32: r } = require(${JSON.stringify(core)}); process.stdout.write([r(), r(), r(), r()].join());`;
  const run = (): string => execFileSync(process.execPath, ['-e', draw], { encoding: 'utf8' });
  expect(run()).not.toBe(run());
});
