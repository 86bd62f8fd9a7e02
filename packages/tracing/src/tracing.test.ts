import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PortholeError } from '@porthole/core';
import {
  activeRecord,
  addObserver,
  endWork,
  type Instruments,
  ignoreRecord,
  type Labels,
  noInstruments,
  startWork,
  WorkRecord,
  withRecord,
} from '@porthole/core/internal';
import { afterEach, describe, expect, test } from 'vitest';
import type { TracingOptions } from './resolve-tracing-options.js';
import { type Answer, type Collector, reply, startCollector } from './testing/collector.js';
import { decodeTraces, spansOf } from './testing/decode-traces.js';
import { createTracing } from './tracing.js';
import type { Tracing } from './tracing-service.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const collector = async (answer: Answer): Promise<Collector> => {
  const started = await startCollector(answer);
  open.push(() => started.close());
  return started;
};

const start = (
  options: Partial<TracingOptions>,
): { tracing: Tracing; total: (name: string, labels?: Labels) => number } => {
  const { instruments, total } = recordingInstruments();
  const tracing = createTracing({
    resource: { 'service.name': 'orders' },
    serviceName: 'orders',
    sampler: 'parentbased_always_on',
    samplerRatio: 1,
    instruments,
    exportIntervalMs: 10,
    ...options,
  });
  open.push(() => tracing.close(), addObserver(tracing.observer));
  return { tracing, total };
};

const work = (count: number): void => {
  for (let i = 0; i < count; i++) withRecord({ name: 'job' }, () => {});
};

describe('createTracing', () => {
  test('exports the records that end, as spans of the service, on its interval', async () => {
    const { url, requests, received } = await collector((response) => reply(response, 200));
    start({ endpoint: url });
    withRecord({ name: 'job', attributes: { 'app.x': 1 } }, () => {});
    await received(1);
    const decoded = decodeTraces(requests[0]?.body as Buffer);
    expect(decoded.resource).toEqual({ 'service.name': 'orders' });
    expect(decoded.scopes[0]).toMatchObject({ name: 'porthole', spans: [{ name: 'job', attributes: { 'app.x': 1 } }] });
  });

  test('does not wait for its interval when there is much to export', async () => {
    const { url, received } = await collector((response) => reply(response, 200));
    start({ endpoint: url, exportIntervalMs: 3_600_000 });
    work(10_000);
    await received(1);
  });

  test('exports once at a time, and everything once, under load', async () => {
    const receiver = await collector((response) => void setImmediate(() => reply(response, 200)));
    const { tracing, total } = start({ endpoint: receiver.url, exportIntervalMs: 1 });
    for (let i = 0; i < 50; i++) {
      work(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await tracing.flush(10_000);
    const ids = receiver.requests.flatMap(({ body }) => spansOf(body).map(({ spanId }) => spanId));
    expect(ids.length).toBe(5000);
    expect(new Set(ids).size).toBe(5000);
    expect(receiver.requests.length).toBeGreaterThan(1);
    expect(receiver.maxOpen).toBe(1);
    expect(total('otel_sdk_exporter_span_exported_total')).toBe(5000);
  });

  test('accounts for every span, with a receiver that fails, rejects, and is too slow for the queue', async () => {
    const { url, requests } = await collector((response, index) => {
      if (index % 3 === 0) reply(response, 200, {}, '\x0a\x02\x08\x01');
      else reply(response, index % 3 === 1 ? 400 : 200);
    });
    const { tracing, total } = start({ endpoint: url, exportIntervalMs: 1, maxQueuedBytes: 20_000 });
    for (let i = 0; i < 30; i++) {
      work(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await tracing.close();
    work(7);

    const started = total('otel_sdk_span_started_total', { otel_span_sampling_result: 'RECORD_AND_SAMPLE' });
    const exported = total('otel_sdk_exporter_span_exported_total');
    const rejected = total('otel_sdk_exporter_span_exported_total', { error_type: 'rejected' });
    const failed = total('otel_sdk_exporter_span_exported_total', { error_type: '400' });
    const full = total('otel_sdk_processor_span_processed_total', { error_type: 'queue_full' });
    const late = total('otel_sdk_processor_span_processed_total', { error_type: 'already_shutdown' });
    expect(started).toBe(6007);
    expect(exported + rejected + failed + full + late).toBe(6007);
    expect(late).toBe(7);
    for (const count of [exported, rejected, failed, full]) expect(count).toBeGreaterThan(0);
    expect(total('otel_sdk_processor_span_processed_total')).toBe(exported + rejected + failed);
    const sent = requests.map(({ body }) => spansOf(body).length);
    expect(exported + rejected).toBe(sent.reduce((sum, spans, index) => (index % 3 === 1 ? sum : sum + spans), 0));
    expect(total('otel_sdk_processor_span_queue_size')).toBe(0);
    expect(total('otel_sdk_exporter_span_inflight')).toBe(0);
  });

  test('accounts for what is left when it closes while nobody answers', async () => {
    const { url, received } = await collector(() => {});
    const { tracing, total } = start({ endpoint: url });
    work(3);
    await received(1);
    expect(total('otel_sdk_exporter_span_inflight')).toBe(3);
    work(2);
    await Promise.all([tracing.close(), tracing.close()]);
    expect(total('otel_sdk_exporter_span_exported_total', { error_type: 'closed' })).toBe(3);
    expect(total('otel_sdk_processor_span_processed_total', { error_type: 'already_shutdown' })).toBe(2);
  });

  test('does not count work that is left out, and never goes back in its counts', async () => {
    const { total } = start({ sampler: 'always_on' });
    const started = (): number =>
      total('otel_sdk_span_started_total', { otel_span_sampling_result: 'RECORD_AND_SAMPLE' });
    work(2);
    withRecord({ name: 'job' }, (record) => ignoreRecord(record));
    expect(started()).toBe(3);
    work(1);
    expect(started()).toBe(3);
    work(1);
    expect(started()).toBe(4);
  });

  test('exports nothing and opens nothing without an endpoint, but samples and counts', async () => {
    const { tracing, total } = start({ sampler: 'always_on' });
    withRecord({ name: 'job' }, (record) => expect(record.sampled).toBe(true));
    await tracing.flush(10);
    expect(total('otel_sdk_span_started_total', { otel_span_sampling_result: 'RECORD_AND_SAMPLE' })).toBe(1);
    expect(total('otel_sdk_exporter_span_exported_total')).toBeNaN();
  });

  test('does not export what is not sampled', async () => {
    const { url, requests } = await collector((response) => reply(response, 200));
    const { tracing, total } = start({ endpoint: url, sampler: 'always_off' });
    withRecord({ name: 'job' }, (record) => expect(record.sampled).toBe(false));
    await tracing.flush(10_000);
    expect(requests.length).toBe(0);
    expect(total('otel_sdk_span_started_total', { otel_span_sampling_result: 'DROP' })).toBe(1);
  });

  test('keeps the spans of failed and slow work that the sampler has left out, where asked for', async () => {
    const { url, requests } = await collector((response) => reply(response, 200));
    const { tracing, total } = start({ endpoint: url, sampler: 'always_off', keepErrors: true, keepSlowerThanMs: 100 });
    const end = (name: string, ms: number, parent?: WorkRecord, error?: Error): WorkRecord => {
      const record = new WorkRecord('consumer', name, parent);
      startWork(record);
      if (error !== undefined) record.fail(error);
      endWork(record, record.startMs + ms);
      return record;
    };
    end('quick', 99);
    const slow = end('slow', 101);
    end('inside', 101, slow);
    end('failed', 1, undefined, new Error('no'));
    await tracing.flush(10_000);

    const spans = requests.flatMap(({ body }) => spansOf(body));
    expect(spans.map(({ name, attributes }) => [name, attributes['porthole.kept']])).toEqual([
      ['slow', 'slow'],
      ['failed', 'error'],
    ]);
    // The decision that was passed on stays as it was.
    expect(slow.sampled).toBe(false);
    expect(total('otel_sdk_span_started_total', { otel_span_sampling_result: 'RECORD_AND_SAMPLE' })).toBe(2);
    expect(total('otel_sdk_exporter_span_exported_total')).toBe(2);
  });

  test('exports outside of all work, also when the work is what starts it', async () => {
    const { url } = await collector((response) => reply(response, 200));
    const active: unknown[] = [];
    const onRequest = (): void => void active.push(activeRecord());
    subscribe('http.client.request.start', onRequest);
    open.push(() => unsubscribe('http.client.request.start', onRequest));
    await withRecord({ name: 'request' }, async (record) => {
      const { tracing } = start({ endpoint: url, sampler: 'always_on', exportIntervalMs: 3_600_000 });
      work(1);
      await tracing.flush(10_000);
      expect(activeRecord()).toBe(record);
    });
    expect(active).toEqual([undefined]);
  });

  test('drops and counts a span whose attributes cannot be read, and goes on', async () => {
    const { url, requests } = await collector((response) => reply(response, 200));
    const { tracing, total } = start({ endpoint: url, exportIntervalMs: 3_600_000 });
    withRecord({ name: 'hostile' }, (record) => {
      record.attributes = new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      );
    });
    work(1);
    await tracing.flush(10_000);
    expect(spansOf(requests[0]?.body as Buffer).map(({ name }) => name)).toEqual(['job']);
    expect(total('otel_sdk_processor_span_processed_total', { error_type: 'encoding_failed' })).toBe(1);
  });

  test('refuses options that make no sense', () => {
    const wrong: readonly Partial<TracingOptions>[] = [
      { endpoint: 'nowhere' },
      { endpoint: 'ftp://collector/' },
      { samplerRatio: 2 },
      { samplerRatio: Number.NaN },
      { timeoutMs: 0 },
      { maxQueuedBytes: -1 },
      { exportIntervalMs: Number.NaN },
    ];
    const options: TracingOptions = { resource: {}, serviceName: 'x', sampler: 'always_on', samplerRatio: 1 };
    for (const part of wrong) {
      const failure = capture(() => createTracing({ ...options, ...part }));
      expect(PortholeError.is(failure)).toBe(true);
      expect(failure).toMatchObject({
        code: 'PORTHOLE_TRACING_OPTIONS',
        message: expect.stringContaining(Object.keys(part)[0] as string),
      });
    }
  });
});

describe('a process that traces', () => {
  /** Runs a program against the built package; resolves with its exit code and output. */
  const run = async (program: string): Promise<{ code: number | null; output: string }> => {
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const child = spawn(process.execPath, ['--input-type=commonjs', '--eval', program], { cwd });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const [code] = await once(child, 'close');
    return { code, output };
  };
  const program = (endpoint: string, after: string): string => `
    const { createTracing } = require('./dist/index.cjs');
    const { withRecord } = require('@porthole/core');
    const { addObserver } = require('@porthole/core/internal');
    const tracing = createTracing({
      resource: {}, serviceName: 'x', endpoint: ${JSON.stringify(endpoint)}, timeoutMs: 3600000,
      sampler: 'always_on', samplerRatio: 1, exportIntervalMs: 1,
    });
    addObserver(tracing.observer);
    withRecord({ name: 'job' }, () => {});
    ${after}`;

  test('ends when it has nothing else to do, though nobody answers', async () => {
    const silent = createServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    open.push(() => silent.close());
    const { port } = silent.address() as { port: number };
    const wait = 'setTimeout(() => console.log("done"), 50);';
    expect(await run(program(`http://127.0.0.1:${port}/`, wait))).toEqual({ code: 0, output: 'done\n' });
  });

  test('gets its spans out when it waits for close', async () => {
    const { url, requests } = await collector((response) => reply(response, 200));
    const close = 'tracing.close().then(() => console.log("closed"));';
    expect(await run(program(url, close))).toEqual({ code: 0, output: 'closed\n' });
    expect(requests.flatMap(({ body }) => spansOf(body)).map(({ name }) => name)).toEqual(['job']);
  });
});

function capture(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

/** Instruments that can be read: what each metric would be at a scrape. */
function recordingInstruments(): { instruments: Instruments; total: (name: string, labels?: Labels) => number } {
  const collects = new Map<string, Parameters<Instruments['observeGauge']>[1]>();
  const observe: Instruments['observeGauge'] = ({ name }, collect) => void collects.set(name, collect);
  const total = (name: string, labels: Labels = {}): number => {
    let found = Number.NaN;
    collects.get(name)?.((value, of = {}) => {
      if (JSON.stringify(of) === JSON.stringify(labels)) found = value;
    });
    return found;
  };
  return { instruments: { ...noInstruments, observeCounter: observe, observeGauge: observe }, total };
}
