import { describe, expect, test } from 'vitest';
import { parseTraceparent } from '../propagation/trace-context.js';
import { createChildRecord } from './child-record.js';
import { runInContext } from './context.js';
import { RANDOM, SAMPLED, type SpanContext, spanIdOf, traceFlagsOf, traceIdOf } from './span-context.js';
import { WorkRecord } from './work-record.js';

describe('a record without a parent', () => {
  test('starts a trace with ids of its own, random and not sampled', () => {
    const record = new WorkRecord('server', 'GET', undefined);
    expect(traceIdOf(record)).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(spanIdOf(record)).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect(record.traceFlags).toBe(RANDOM);
    expect(record.sampled).toBe(false);
    expect(record.isRoot).toBe(true);
    expect(record.parentIsRemote).toBeUndefined();
    expect(record.record).toBe(record);
  });
});

describe('a record with a parent', () => {
  test('takes over the trace, the flags that are known and the trace state, and gets a span id of its own', () => {
    const parent = new WorkRecord('server', 'GET', {
      ...(parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03') as SpanContext),
      traceFlags: 0xff,
      traceState: 'rojo=1',
    });
    const child = new WorkRecord('client', 'GET', parent);
    expect(traceIdOf(child)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(child.traceFlags).toBe(SAMPLED | RANDOM);
    expect(child.traceState).toBe('rojo=1');
    expect([parent.parentIsRemote, child.parentIsRemote]).toEqual([true, false]);
    expect([child.parentSpanId0, child.parentSpanId1]).toEqual([parent.spanId0, parent.spanId1]);
    expect(spanIdOf(child)).not.toBe(spanIdOf(parent));
    expect(child.isRoot).toBe(false);
  });
});

test('baggage comes with the work, whether there is a parent or not', () => {
  expect(new WorkRecord('server', 'GET', undefined, 'a=1').baggage).toBe('a=1');
  const parent = new WorkRecord('server', 'GET', undefined, 'a=1');
  expect(new WorkRecord('client', 'GET', parent).baggage).toBeUndefined();
  runInContext(parent, () => expect(createChildRecord('client', 'GET').baggage).toBe('a=1'));
});

test('sampling changes the one flag', () => {
  const record = new WorkRecord('internal', 'job', undefined);
  record.sampled = true;
  expect(record.traceFlags).toBe(SAMPLED | RANDOM);
  expect(traceFlagsOf(record)).toBe('03');
  record.sampled = false;
  expect(record.traceFlags).toBe(RANDOM);
});

test('all records have the same fields from the start, whatever happens to them', () => {
  const fresh = Object.keys(new WorkRecord('internal', '', undefined));
  const used = new WorkRecord('server', 'GET', new WorkRecord('internal', '', undefined), 'a=1');
  used.sampled = true;
  used.setAttribute('a', 1);
  used.fail(new Error('no'));
  expect(Object.keys(used)).toEqual(fresh);
});

test('an attribute may be added one by one, and the last value counts', () => {
  const record = new WorkRecord('internal', 'job', undefined);
  expect(record.attributes).toBeUndefined();
  record.setAttribute('a', 1);
  record.setAttribute('b', ['x']);
  record.setAttribute('a', 2);
  expect(record.attributes).toEqual({ a: 2, b: ['x'] });
});

test('an attribute may have any name', () => {
  const record = new WorkRecord('internal', 'job', undefined);
  record.setAttribute('__proto__', ['x']);
  record.setAttribute('constructor', 1);
  record.setAttribute('__proto__', ['y']);
  expect(Object.entries(record.attributes ?? {})).toEqual([
    ['__proto__', ['y']],
    ['constructor', 1],
  ]);
  expect(Object.getPrototypeOf(record.attributes)).toBe(Object.prototype);
});

test('the last failure is kept, under the type of the first', () => {
  const record = new WorkRecord('internal', 'job', undefined);
  record.fail(new TypeError('first'));
  record.fail('second');
  expect(record).toMatchObject({ error: 'second', errorType: 'TypeError' });
});

test('a thrown undefined is something that was thrown', () => {
  const record = new WorkRecord('internal', 'job', undefined);
  record.fail(undefined);
  expect(record).toMatchObject({
    errorType: 'undefined',
    error: { name: 'undefined', message: 'undefined was thrown' },
  });
});

test('an error that is noted does not make the work fail', () => {
  const record = new WorkRecord('internal', 'job', undefined);
  record.noteError('handled');
  expect(record).toMatchObject({ errorType: '', error: 'handled' });
});

test('an http.route that is set as an attribute of a request is its route: a text, and not longer than a label', () => {
  const record = new WorkRecord('server', '', undefined);
  record.method = 'GET';
  record.setAttribute('http.route', '/orders/:id');
  expect([record.route, record.attributes]).toEqual(['/orders/:id', undefined]);
  for (const value of ['', 5, ['/a'], undefined]) record.setAttribute('http.route', value as string);
  expect([record.route, record.attributes]).toEqual(['/orders/:id', undefined]);
  record.setAttribute('http.route', `/${'a'.repeat(100_000)}`);
  expect(record.route).toHaveLength(1024);

  const call = new WorkRecord('client', '', undefined);
  call.method = 'GET';
  call.setAttribute('http.route', '/orders/:id');
  expect([call.route, call.attributes]).toEqual(['', { 'http.route': '/orders/:id' }]);
});
