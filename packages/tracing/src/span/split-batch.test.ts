import { WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTraces } from '../testing/decode-traces.js';
import { createSpanClock } from './span-clock.js';
import { createSpanEncoder } from './span-encoder.js';
import { createSpanQueue, type SpanBatch } from './span-queue.js';
import { splitBatch } from './split-batch.js';

const RESOURCE = { 'service.name': 'orders', text: 'x'.repeat(200) };

/** A batch with spans of these scopes, in this order. */
function batchOf(scopes: readonly number[]): SpanBatch {
  const queue = createSpanQueue({
    resource: RESOURCE,
    encode: createSpanEncoder(createSpanClock()),
    maxBytes: 1_000_000,
  });
  const known = [0, 1, 2].map((number) => ({ name: `scope ${number}`, version: '1' }));
  for (const [index, scope] of scopes.entries()) {
    const record = new WorkRecord('internal', `job ${index}`, undefined);
    record.endMs = record.startMs + 1;
    queue.add(record, known[scope] as { name: string }, undefined);
  }
  return queue.take() as SpanBatch;
}

/** The spans of a message with their scopes, and its resource's name. */
function contentOf(message: readonly Uint8Array[]): { service: unknown; spans: string[] } {
  const { resource, scopes } = decodeTraces(Buffer.concat(message));
  const spans = scopes.flatMap(({ name, version, spans }) => spans.map((span) => `${name} ${version} ${span.name}`));
  return { service: resource['service.name'], spans };
}

const NO_LIMIT = Number.POSITIVE_INFINITY;

describe('splitBatch', () => {
  test('leaves a batch that is short enough as it is', () => {
    const batch = batchOf([0, 0, 1]);
    const requests = [...splitBatch(batch, { maxBytes: batch.body.length, maxSpans: 3 })];
    expect(requests).toEqual([{ items: 3, message: [batch.head, batch.body] }]);
    expect(requests[0]?.message[1]).toBe(batch.body);
  });

  test('keeps every span, its order, its scope and the resource, within the limits', () => {
    const scopes = fc.array(fc.nat(2), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        scopes,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 2000 }),
        (order, maxSpans, maxBytes) => {
          const batch = batchOf(order);
          const requests = [...splitBatch(batch, { maxBytes, maxSpans })];
          const contents = requests.map(({ message }) => contentOf(message));
          expect(contents.flatMap(({ spans }) => spans)).toEqual(contentOf([batch.head, batch.body]).spans);
          for (const [index, { items, message }] of requests.entries()) {
            expect(contents[index]).toMatchObject({ service: 'orders', spans: { length: items } });
            expect(items).toBeGreaterThan(0);
            expect(items).toBeLessThanOrEqual(maxSpans);
            const bytes = message.slice(1).reduce((sum, chunk) => sum + chunk.length, 0);
            // Scopes and the openings of their messages come on top.
            if (items > 1) expect(bytes).toBeLessThanOrEqual(maxBytes + 64 * items);
          }
        },
      ),
    );
  });

  test('cuts by bytes where there is no limit of spans, and the other way round', () => {
    const batch = batchOf(new Array(100).fill(0));
    expect([...splitBatch(batch, { maxBytes: NO_LIMIT, maxSpans: 30 })].map(({ items }) => items)).toEqual([
      30, 30, 30, 10,
    ]);
    const byBytes = [...splitBatch(batch, { maxBytes: batch.body.length / 2, maxSpans: NO_LIMIT })];
    expect(byBytes.length).toBeGreaterThanOrEqual(2);
    expect(byBytes.length).toBeLessThanOrEqual(3);
  });
});
