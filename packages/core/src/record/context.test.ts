import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createChildRecord } from './child-record.js';
import {
  activeContext,
  activeRecord,
  activeSpanContext,
  enterContext,
  NO_WORK,
  runInContext,
  runOutsideContext,
} from './context.js';
import { WorkRecord } from './work-record.js';

const record = (name: string): WorkRecord => new WorkRecord('internal', name, undefined);

test('a scope follows promises, timers, immediates, ticks and microtasks', async () => {
  const job = record('job');
  await runInContext(job, async () => {
    const seen = [
      await new Promise((resolve) => setTimeout(() => resolve(activeRecord()), 1)),
      await new Promise((resolve) => setImmediate(() => resolve(activeRecord()))),
      await new Promise((resolve) => process.nextTick(() => resolve(activeRecord()))),
      await new Promise((resolve) => queueMicrotask(() => resolve(activeRecord()))),
    ];
    for (const active of seen) expect(active).toBe(job);
    expect(activeRecord()).toBe(job);
  });
  expect(activeRecord()).toBeUndefined();
});

test('a listener runs in the scope of who emits; bound to a resource, in its own', () => {
  const emitter = new EventEmitter();
  const seen: (string | undefined)[] = [];
  runInContext(record('listener'), () => {
    emitter.on('event', () => seen.push(activeRecord()?.name));
    emitter.on(
      'event',
      AsyncResource.bind(() => seen.push(activeRecord()?.name)),
    );
  });
  runInContext(record('emitter'), () => emitter.emit('event'));
  expect(seen).toEqual(['emitter', 'listener']);
});

test('a scope that is entered is active for what is left of the execution and what it starts', async () => {
  const job = record('job');
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      enterContext(job);
      expect(activeRecord()).toBe(job);
      setImmediate(() => {
        expect(activeRecord()).toBe(job);
        resolve();
      });
    });
  });
  expect(activeRecord()).toBeUndefined();
});

test('what runs outside has no record, and neither has what it starts', async () => {
  const job = record('job');
  await runInContext(job, async () => {
    const later = runOutsideContext(() => {
      expect(activeContext()).toBeUndefined();
      return new Promise((resolve) => setImmediate(() => resolve(activeRecord())));
    });
    expect(activeRecord()).toBe(job);
    expect(await later).toBeUndefined();
  });
});

test('a scope may name a record that is not itself', () => {
  const job = record('job');
  const parent = record('another');
  const scope = { record: job, parent, baggage: 'a=1', otelContext: 'a context' };
  runInContext(scope, () => {
    expect(activeContext()).toBe(scope);
    expect(activeRecord()).toBe(job);
    expect(activeSpanContext()).toBe(parent);
    expect(createChildRecord('client', 'call')).toMatchObject({
      parentSpanId0: parent.spanId0,
      parentSpanId1: parent.spanId1,
      baggage: 'a=1',
    });
  });
  runInContext(NO_WORK, () => {
    expect([activeRecord(), activeSpanContext()]).toEqual([undefined, undefined]);
    expect(createChildRecord('client', 'call').isRoot).toBe(true);
  });
});
