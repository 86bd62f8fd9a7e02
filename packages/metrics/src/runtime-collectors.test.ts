import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import promClient from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createEventLoopCollector } from './event-loop-collector.js';
import { createExposition } from './exposition.js';
import { createInstruments } from './instruments.js';
import { observeProcess } from './process-collector.js';
import { samplesOf } from './testing/parse-text-format.js';
import { createV8Collector } from './v8-collector.js';

function setUp() {
  const registry = new promClient.Registry();
  const exposition = createExposition({ registry, collectTimeoutMs: 1000 }).text;
  const read = async (name: string): Promise<number | undefined> => samplesOf(await exposition(), name)[0]?.value;
  return { instruments: createInstruments(registry, 100), exposition, read };
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('the process', () => {
  test.runIf(process.platform === 'linux')('open descriptors are those that are open', async () => {
    const { instruments, read } = setUp();
    observeProcess(instruments, '/proc');
    const before = (await read('process_open_fds')) ?? Number.NaN;
    const opened = Array.from({ length: 5 }, () => openSync('/dev/null', 'r'));
    const after = await read('process_open_fds');
    for (const fd of opened) closeSync(fd);
    expect(after).toBe(before + 5);
    expect(await read('process_max_fds')).toBeGreaterThan(after ?? Number.NaN);
    expect(await read('process_virtual_memory_bytes')).toBeGreaterThan(process.memoryUsage.rss());
  });

  test('without /proc there is what Node.js itself knows', async () => {
    const { instruments, exposition, read } = setUp();
    observeProcess(instruments, '/nowhere');
    expect((await exposition()).match(/^process_\w+/gm)).toEqual([
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_resident_memory_bytes',
    ]);
    const start = (await read('process_start_time_seconds')) ?? Number.NaN;
    expect(start).toBeLessThan(Date.now() / 1000);
    expect(await read('process_start_time_seconds')).toBe(start);
  });
});

describe('the event loop', () => {
  test('a block shows as delay, and two scrapers see the same', async () => {
    const { instruments, read } = setUp();
    const collector = createEventLoopCollector({ instruments, windowMs: 60_000 });
    await sleep(50);
    block(200);
    await sleep(50);
    const first = await read('nodejs_eventloop_delay_max_seconds');
    expect(first).toBeGreaterThan(0.15);
    expect(await read('nodejs_eventloop_delay_max_seconds')).toBe(first);
    expect(await read('nodejs_eventloop_delay_min_seconds')).toBeLessThan(first as number);
    collector.close();
  });

  test('a block is forgotten after two windows at the latest', async () => {
    const { instruments, read } = setUp();
    const collector = createEventLoopCollector({ instruments, windowMs: 1000 });
    await sleep(20);
    block(2000);
    await sleep(20);
    expect(await read('nodejs_eventloop_delay_max_seconds')).toBeGreaterThan(1.5);
    await expect.poll(() => read('nodejs_eventloop_delay_max_seconds'), { timeout: 10_000 }).toBeLessThan(1.5);
    collector.close();
  });

  test('time is either active or idle, and the utilization lies between 0 and 1', async () => {
    const { instruments, exposition, read } = setUp();
    const collector = createEventLoopCollector({ instruments, windowMs: 60_000 });
    const times = samplesOf(await exposition(), 'nodejs_eventloop_time_seconds_total');
    expect(times.map(({ labels }) => labels.nodejs_eventloop_state)).toEqual(['active', 'idle']);
    for (let i = 0; i < 3; i++) {
      const utilization = await read('nodejs_eventloop_utilization_ratio');
      expect(utilization).toBeGreaterThanOrEqual(0);
      expect(utilization).toBeLessThanOrEqual(1);
    }
    collector.close();
  });
});

describe('V8', () => {
  test('every garbage collection of a batch is counted', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { instruments, exposition } = setUp();
    const collector = createV8Collector(instruments);
    for (let i = 0; i < 20; i++) collectGarbage();
    await sleep(50);
    collector.close();
    const counts = samplesOf(await exposition(), 'v8js_gc_duration_seconds_count');
    const major = counts.find(({ labels }) => labels.v8js_gc_type === 'major');
    expect(major?.value).toBeGreaterThanOrEqual(20);
  });

  test('heap spaces have all four sizes', async () => {
    const { instruments, exposition } = setUp();
    createV8Collector(instruments).close();
    const text = await exposition();
    for (const size of ['used', 'space_size', 'space_available_size', 'space_physical_size']) {
      const spaces = samplesOf(text, `v8js_memory_heap_${size}_bytes`);
      expect(spaces.map(({ labels }) => labels.v8js_heap_space_name)).toContain('old_space');
    }
  });

  test('active resources are counted by type, and a type that is gone has no series', async () => {
    const { instruments, exposition } = setUp();
    createV8Collector(instruments).close();
    const timeouts = async () =>
      samplesOf(await exposition(), 'v8js_resource_active').find(
        ({ labels }) => labels.v8js_resource_type === 'Timeout',
      );
    const before = (await timeouts())?.value ?? 0;
    const timers = Array.from({ length: 3 }, () => setTimeout(() => {}, 60_000));
    expect((await timeouts())?.value).toBe(before + 3);
    for (const timer of timers) clearTimeout(timer);
    expect((await timeouts())?.value ?? 0).toBe(before);
  });
});
