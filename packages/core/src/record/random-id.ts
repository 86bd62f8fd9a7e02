/**
 * Random 32-bit integers for trace and span ids: xoshiro128** (Blackman and Vigna, 2018), seeded by the system's own
 * source. Ids need to be unique, not secret, and this costs a few nanoseconds and `crypto.randomBytes` costs
 * microseconds.
 */
import { randomFillSync } from 'node:crypto';

const state = /* @__PURE__ */ randomFillSync(new Int32Array(4));

/**
 * A random signed 32-bit integer that is never 0, so that no id made of it is the invalid all-zero id. Signed, since V8
 * keeps those in an object's field as they are, and half of the unsigned ones as an object of their own.
 */
export function randomInt32(): number {
  for (;;) {
    const value = next();
    if (value !== 0) return value;
  }
}

function next(): number {
  // By index: destructuring takes the array's iterator, which costs more than all the rest.
  const a = state[0] as number;
  const b = state[1] as number;
  const c = state[2] as number;
  const d = state[3] as number;
  const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
  const mixedC = c ^ a;
  const mixedD = d ^ b;
  state[1] = b ^ mixedC;
  state[0] = a ^ mixedD;
  state[2] = mixedC ^ (b << 9);
  state[3] = rotateLeft(mixedD, 11);
  return result;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
