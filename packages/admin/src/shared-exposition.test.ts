import { expect, test } from 'vitest';
import { shareExposition } from './shared-exposition.js';

test('callers that ask while the metrics are read get one text', async () => {
  let reads = 0;
  const take = shareExposition(async () => `text ${++reads}`);
  const texts = await Promise.all([take(), take(), take()]);
  expect(texts.map(({ text }) => text)).toEqual(['text 1', 'text 1', 'text 1']);
});

test('callers that hold their texts get the last of them again, until one is released', async () => {
  let reads = 0;
  const take = shareExposition(async () => `text ${++reads}`);
  const held = [await take(), await take(), await take()];
  expect((await take()).text).toBe('text 3');
  expect((await take()).text).toBe('text 3');
  held[0]?.release();
  held[0]?.release();
  expect((await take()).text).toBe('text 4');
});

test('a text that cannot be read is the failure of those who asked for it, and of nobody after them', async () => {
  let reads = 0;
  const take = shareExposition(async () => {
    if (++reads === 1) throw new Error('refused');
    return 'text';
  });
  await expect(take()).rejects.toThrow('refused');
  expect((await take()).text).toBe('text');
});
