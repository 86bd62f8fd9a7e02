import { afterEach, expect, test } from 'vitest';
import { internalErrors } from '../internal-errors.js';
import { addObserver, endWork, type Observer, startWork } from './observer.js';
import { WorkRecord } from './work-record.js';

const taken: (() => void)[] = [];

afterEach(() => {
  for (const takeOff of taken.splice(0)) takeOff();
});

test('each observer sees the start and the end once, in the order in which they were added', () => {
  const seen: string[] = [];
  for (const name of ['a', 'b']) {
    observe({
      component: name,
      start: (record) => seen.push(`${name} start ${record.name}`),
      end: (record) => seen.push(`${name} end ${record.name}`),
    });
  }
  const record = new WorkRecord('internal', 'job', undefined);
  startWork(record);
  endWork(record);
  endWork(record);
  expect(seen).toEqual(['a start job', 'b start job', 'a end job', 'b end job']);
});

test('an observer may do without the start', () => {
  const seen: string[] = [];
  observe({ component: 'a', end: (record) => seen.push(record.name) });
  const record = new WorkRecord('internal', 'job', undefined);
  startWork(record);
  endWork(record);
  expect(seen).toEqual(['job']);
});

test('the record has its end when the observers see it', () => {
  let duration = -1;
  observe({
    component: 'a',
    end: (record) => {
      duration = record.endMs - record.startMs;
      expect(record.durationMs).toBe(duration);
    },
  });
  const record = new WorkRecord('internal', 'job', undefined);
  expect(record.endMs).toBe(0);
  endWork(record);
  expect(duration).toBeGreaterThanOrEqual(0);
});

test('the end may be one that is noticed late', () => {
  const record = new WorkRecord('client', '', undefined);
  const endMs = record.startMs + 7;
  observe({ component: 'a', end: () => {} });
  endWork(record, endMs);
  endWork(record);
  expect(record.endMs).toBe(endMs);
});

test.each([
  ['an error', new Error('broken')],
  ['undefined', undefined],
  ['an object that cannot be shown', Object.create(null)],
])('an observer that throws %s is counted, and the others still see the work', (_, thrown) => {
  const component = `throws-${String(_)}`;
  const seen: string[] = [];
  observe({
    component,
    start: () => {
      throw thrown;
    },
    end: () => {
      throw thrown;
    },
  });
  observe({ component: 'b', start: () => seen.push('start'), end: () => seen.push('end') });
  const record = new WorkRecord('internal', 'job', undefined);
  startWork(record);
  endWork(record);
  expect(seen).toEqual(['start', 'end']);
  expect(internalErrors().get(component)?.count).toBe(2);
});

test('observers that come and go while the work is told of do not disturb the round', () => {
  const seen: string[] = [];
  let takeOffLate: (() => void) | undefined;
  const takeOff = addObserver({
    component: 'self',
    end: () => {
      seen.push('self');
      takeOff();
      takeOffLate = observe({ component: 'late', end: () => seen.push('late') });
    },
  });
  observe({ component: 'b', end: () => seen.push('b') });
  endWork(new WorkRecord('internal', 'first', undefined));
  expect(seen).toEqual(['self', 'b']);
  endWork(new WorkRecord('internal', 'second', undefined));
  expect(seen).toEqual(['self', 'b', 'b', 'late']);
  takeOffLate?.();
  takeOffLate?.();
  endWork(new WorkRecord('internal', 'third', undefined));
  expect(seen).toEqual(['self', 'b', 'b', 'late', 'b']);
});

function observe(observer: Observer): () => void {
  const takeOff = addObserver(observer);
  taken.push(takeOff);
  return takeOff;
}
