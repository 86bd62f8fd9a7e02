import { expect, test } from 'vitest';
import { parseTraceparent } from '../propagation/trace-context.js';
import { createChildRecord, createRecordBelow } from './child-record.js';
import { runInContext } from './context.js';
import { addObserver, endWork, startWork } from './observer.js';
import { SAMPLED, spanIdOf, traceIdOf } from './span-context.js';
import { withRecord } from './with-record.js';
import { WorkRecord } from './work-record.js';

const CALLER = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');

test('work that begins before the end of the work around it is its child, with its baggage', () => {
  const request = new WorkRecord('server', '', CALLER, 'tenant=blue');
  const call = runInContext(request, () => createChildRecord('client', 'call'));
  expect(traceIdOf(call)).toBe(traceIdOf(request));
  expect(call.parentSpanId0).toBe(request.spanId0);
  expect(call.baggage).toBe('tenant=blue');
  expect(call.links).toBeUndefined();
});

test('work that begins after that end is a root with a link, without the baggage and the flags of what is over', () => {
  const request = new WorkRecord('server', '', CALLER, 'tenant=blue');
  request.sampled = true;
  endWork(request);
  const call = runInContext(request, () => createChildRecord('client', 'call'));
  expect(call.isRoot).toBe(true);
  expect(traceIdOf(call)).not.toBe(traceIdOf(request));
  expect(call.sampled).toBe(false);
  expect(call.baggage).toBeUndefined();
  expect(call.links).toHaveLength(1);
  expect(call.links?.[0]).not.toBe(request);
  expect(call.links?.map((link) => [traceIdOf(link), spanIdOf(link)])).toEqual([
    [traceIdOf(request), spanIdOf(request)],
  ]);
});

test('baggage that was set after that end goes on', () => {
  const request = new WorkRecord('server', '', undefined, 'tenant=blue');
  endWork(request);
  expect(createRecordBelow('client', 'call', request, 'tenant=red').baggage).toBe('tenant=red');
});

test('work that is told of late, and began before that end, is a child', () => {
  const request = new WorkRecord('server', '', undefined);
  endWork(request, request.startMs + 10);
  expect(createRecordBelow('client', 'call', request, undefined, request.startMs + 5).isRoot).toBe(false);
  expect(createRecordBelow('client', 'call', request, undefined, request.startMs + 15).isRoot).toBe(true);
});

test('work inside a request that is left out belongs to its caller, as the caller has it, and without one is a root', () => {
  const probe = new WorkRecord('server', '', CALLER);
  probe.recorded = false;
  probe.sampled = false;
  const call = createRecordBelow('client', 'call', probe, undefined);
  expect([traceIdOf(call), call.traceFlags & SAMPLED, call.parentIsRemote]).toEqual([traceIdOf(probe), 1, true]);
  expect(call.parentSpanId0).toBe(CALLER?.spanId0);
  endWork(probe);
  const later = createRecordBelow('client', 'call', probe, undefined);
  expect(later.isRoot).toBe(true);
  expect(later.links?.map(spanIdOf)).toEqual(['b7ad6b7169203331']);

  const unnamed = new WorkRecord('server', '', undefined);
  unnamed.recorded = false;
  expect(createRecordBelow('client', 'call', unnamed, undefined).isRoot).toBe(true);
  endWork(unnamed);
  expect(createRecordBelow('client', 'call', unnamed, undefined).links).toBeUndefined();
});

test('withRecord takes links, beside the one to work that is over; what is not a record is counted and left out', () => {
  const seen: WorkRecord[] = [];
  const remove = addObserver({ component: 'test', end: (record) => void seen.push(record) });
  const first = withRecord({ name: 'first' }, (record) => record);
  const second = withRecord({ name: 'second' }, (record) => record);
  runInContext(first, () => withRecord({ name: 'both', links: [second] }, () => {}));
  expect(seen.at(-1)?.links?.map(spanIdOf)).toEqual([spanIdOf(first), spanIdOf(second)]);
  withRecord({ name: 'none', links: [{} as never] }, () => {});
  expect(seen.at(-1)?.links).toBeUndefined();
  withRecord({ name: 'many', links: Array.from({ length: 200 }, () => first) }, () => {});
  expect(seen.at(-1)?.links).toHaveLength(128);
  remove();
});

test('a chain of work, each after the end of the one before, keeps none of the records', () => {
  let link: unknown;
  let parent = new WorkRecord('internal', 'tick', undefined);
  for (let i = 0; i < 3; i++) {
    startWork(parent);
    endWork(parent);
    parent = createRecordBelow('internal', 'tick', parent, undefined);
    [link] = parent.links ?? [];
    expect(link).not.toHaveProperty('links');
  }
});
