import { expect, test } from 'vitest';
import { ByteQueue, PIECE_BYTES } from './byte-queue.js';

/** Fills `count` pieces. */
function fill(queue: ByteQueue, count: number): Set<unknown> {
  const buffers = new Set<unknown>();
  for (let i = 0; i < count; i++) {
    buffers.add(queue.reserve(PIECE_BYTES).buffer);
    queue.append(PIECE_BYTES);
  }
  return buffers;
}

/** Which of `after` are the same memory: two pieces that are fresh have the same content. */
function reusedOf(before: Set<unknown>, after: Set<unknown>): unknown[] {
  return [...after].filter((buffer) => before.has(buffer));
}

/** Takes all that waits off. */
function empty(queue: ByteQueue): void {
  for (let piece = queue.head(); piece !== undefined; piece = queue.head()) queue.shift(piece.end - piece.start);
}

test('uses the memory of what has been taken off again, as far as a reader that is a little late needs it', () => {
  const queue = new ByteQueue();
  const before = fill(queue, 8);
  empty(queue);
  expect(reusedOf(before, fill(queue, 8))).toHaveLength(8);
});

test('gives the memory of a long backlog back', () => {
  const queue = new ByteQueue();
  const before = fill(queue, 100);
  empty(queue);
  expect(reusedOf(before, fill(queue, 100))).toHaveLength(8);
});
