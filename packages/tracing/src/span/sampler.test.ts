import type { SpanContext } from '@porthole/core';
import { RANDOM, SAMPLED, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSampler } from './sampler.js';

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const ratio = fc.double({ min: 0, max: 1, noNaN: true });

const parentWith = (traceFlags: number, traceId2: number, traceId3: number): SpanContext => ({
  traceId0: 1,
  traceId1: 2,
  traceId2,
  traceId3,
  spanId0: 5,
  spanId1: 6,
  traceFlags,
  traceState: undefined,
  isRemote: true,
});

const root = (): WorkRecord => new WorkRecord('internal', 'x', undefined);
const child = (traceFlags: number, traceId2 = 3, traceId3 = 4): WorkRecord =>
  new WorkRecord('internal', 'x', parentWith(traceFlags, traceId2, traceId3));

describe('createSampler', () => {
  test('always_on and always_off ask nobody', () => {
    for (const record of [root(), child(0), child(SAMPLED)]) {
      expect(createSampler('always_on', 0)(record)).toBe(true);
      expect(createSampler('always_off', 1)(record)).toBe(false);
    }
  });

  test('the parent-based samplers do what the parent did, and decide at the root only', () => {
    for (const name of ['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const) {
      for (const at of [0, 1]) {
        expect(createSampler(name, at)(child(SAMPLED | RANDOM))).toBe(true);
        expect(createSampler(name, at)(child(RANDOM))).toBe(false);
      }
    }
    expect(createSampler('parentbased_always_on', 0)(root())).toBe(true);
    expect(createSampler('parentbased_always_off', 1)(root())).toBe(false);
    expect(createSampler('parentbased_traceidratio', 1)(root())).toBe(true);
    expect(createSampler('parentbased_traceidratio', 0)(root())).toBe(false);
  });

  test('traceidratio keeps R >= (1 - ratio) * 2^56 over the last 56 bits, whatever the parent did', () => {
    fc.assert(
      fc.property(word, word, ratio, fc.constantFrom(0, SAMPLED), (traceId2, traceId3, keep, flags) => {
        const randomness = (BigInt(traceId2 & 0xff_ffff) << 32n) | BigInt(traceId3);
        const threshold = BigInt(Math.round((1 - keep) * 2 ** 56));
        expect(createSampler('traceidratio', keep)(child(flags, traceId2, traceId3))).toBe(randomness >= threshold);
      }),
    );
  });

  test('traceidratio: who keeps more keeps all that others keep, so that services agree', () => {
    fc.assert(
      fc.property(word, word, ratio, ratio, (traceId2, traceId3, a, b) => {
        const record = child(0, traceId2, traceId3);
        const kept = createSampler('traceidratio', Math.min(a, b))(record);
        expect(!kept || createSampler('traceidratio', Math.max(a, b))(record)).toBe(true);
      }),
    );
  });

  test('traceidratio: 0 keeps nothing and 1 keeps all', () => {
    fc.assert(
      fc.property(word, word, (traceId2, traceId3) => {
        expect(createSampler('traceidratio', 0)(child(0, traceId2, traceId3))).toBe(false);
        expect(createSampler('traceidratio', 1)(child(0, traceId2, traceId3))).toBe(true);
      }),
    );
  });

  test('traceidratio keeps about its share of new traces', () => {
    const sampler = createSampler('traceidratio', 0.25);
    let kept = 0;
    for (let i = 0; i < 20_000; i++) if (sampler(root())) kept++;
    // Ten standard deviations (61) around 5000.
    expect(Math.abs(kept - 5000)).toBeLessThan(612);
  });
});
