import fc from 'fast-check';
import { expect, test } from 'vitest';
import { phaseEnds } from './phase-ends.js';

test('keeps time free for the later phases', () => {
  expect(phaseEnds(0, 9000)).toEqual({ drain: 4800, dependencies: 5800, telemetry: 8500, logs: 9000 });
  expect(phaseEnds(5000, 9000)).toEqual({ drain: 6600, dependencies: 7400, telemetry: 8600, logs: 9000 });
});

test('gives every phase its turn after the delay, in order, whatever the deadline', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 3_600_000 }),
      fc.double({ min: 0, max: 0.75, noNaN: true }),
      (deadlineMs, share) => {
        const delayMs = share * deadlineMs;
        const { drain, dependencies, telemetry, logs } = phaseEnds(delayMs, deadlineMs);
        expect(drain).toBeGreaterThan(delayMs);
        expect(dependencies).toBeGreaterThan(drain);
        expect(telemetry).toBeGreaterThan(dependencies);
        expect(logs).toBeGreaterThan(telemetry);
        expect(logs).toBe(deadlineMs);
      },
    ),
  );
});
