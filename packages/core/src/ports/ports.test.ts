import { expect, test } from 'vitest';
import { noInstruments } from './instruments.js';
import { noLog } from './log.js';
import { EXIT_PHASES, noExit } from './on-exit.js';

test('each port has a part that does nothing, takes everything and calls nobody', () => {
  const neverCalled = (): never => {
    throw new Error('was called');
  };
  const options = { name: 'n', help: 'h' };
  expect(noInstruments.counter(options).add(1, { a: 'b' })).toBeUndefined();
  expect(noInstruments.gauge(options).set(Number.NaN)).toBeUndefined();
  expect(noInstruments.histogram({ ...options, buckets: [] }).observe(1)).toBeUndefined();
  expect(noInstruments.observeCounter(options, neverCalled)).toBeUndefined();
  expect(noInstruments.observeGauge(options, neverCalled)).toBeUndefined();
  for (const method of Object.values(noLog)) expect(method({}, 'message')).toBeUndefined();
  for (const phase of EXIT_PHASES) expect(noExit(phase, 'name', neverCalled)()).toBeUndefined();
});
