import type { ExitPhase } from '@porthole/core/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { phaseEnds } from './phase-ends.js';

test('keeps time free for the later phases', () => {
  const all = (): boolean => true;
  expect(phaseEnds(0, 9000, all)).toEqual({ drain: 4800, dependencies: 5800, telemetry: 8500, logs: 9000 });
  expect(phaseEnds(5000, 9000, all)).toEqual({ drain: 6600, dependencies: 7400, telemetry: 8600, logs: 9000 });
});

test('keeps none free for phases that have no hooks, but for the last lines', () => {
  expect(phaseEnds(0, 9000, () => false)).toEqual({ drain: 8500, dependencies: 8500, telemetry: 8500, logs: 9000 });
  const toClose = phaseEnds(0, 9000, (phase) => phase === 'dependencies');
  expect(toClose).toEqual({ drain: 7500, dependencies: 8500, telemetry: 8500, logs: 9000 });
});

test('gives every phase its turn after the delay, in order, whatever the deadline', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 3_600_000 }),
      fc.double({ min: 0, max: 0.75, noNaN: true }),
      fc.subarray<ExitPhase>(['dependencies', 'telemetry']),
      (deadlineMs, share, used) => {
        const delayMs = share * deadlineMs;
        const has = (phase: ExitPhase): boolean => used.includes(phase);
        const { drain, dependencies, telemetry, logs } = phaseEnds(delayMs, deadlineMs, has);
        expect(drain).toBeGreaterThan(delayMs);
        expect(dependencies > drain).toBe(has('dependencies'));
        expect(telemetry > dependencies).toBe(has('telemetry'));
        expect(logs).toBeGreaterThan(telemetry);
        expect(logs).toBe(deadlineMs);
      },
    ),
  );
});
