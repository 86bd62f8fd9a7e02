import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLiveList } from './live-list.js';
import { WorkRecord } from './work-record.js';

const CORE = fileURLToPath(new URL('../../dist/internal.cjs', import.meta.url));

const record = (): WorkRecord => new WorkRecord('server', 'GET', undefined);

test('those that were added and not removed are in it, each once, in whatever order they come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
      const list = createLiveList<WorkRecord>('place');
      const records = Array.from({ length: 10 }, record);
      const expected = new Set<WorkRecord>();
      for (const [adds, index] of steps) {
        const one = records[index] as WorkRecord;
        if (adds) expect(list.add(one)).toBe(!expected.has(one));
        else list.remove(one);
        if (adds) expected.add(one);
        else expected.delete(one);
        expect(list.size).toBe(expected.size);
        expect(new Set(list)).toEqual(expected);
      }
    }),
  );
});

test('members have a place of their own in each list', () => {
  const [first, second] = [createLiveList<object>(Symbol()), createLiveList<object>(Symbol())];
  const member = {};
  first.add(member);
  second.add(member);
  first.remove(member);
  expect([first.size, second.size]).toEqual([0, 1]);
  second.clear();
  expect([...second]).toEqual([]);
  second.add(member);
  expect([...second]).toEqual([member]);
});

test('all can be removed while they are iterated over', () => {
  const list = createLiveList<WorkRecord>('place');
  const records = Array.from({ length: 5 }, record);
  for (const one of records) list.add(one);
  const seen: WorkRecord[] = [];
  for (const one of list) {
    seen.push(one);
    list.remove(one);
  }
  expect(seen).toEqual(records);
  expect(list.size).toBe(0);
});

test('nothing of a request that is over grows old in the heap', () => {
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', '-e', PROGRAM, CORE], { encoding: 'utf8' });
  // A million records are 300 MB.
  expect(Number(stdout)).toBeLessThan(2_000_000);
});

/**
 * Prints by how many bytes the old generation grows at most during a million requests, 64 of which are under way at any
 * time.
 */
const PROGRAM = `
  const { getHeapSpaceStatistics } = require('node:v8');
  const { WorkRecord, startWork, endWork } = require(process.argv[1]);
  const oldBytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_used_size;
  const underWay = [];
  function serve(count) {
    for (let i = 0; i < count; i++) {
      if (underWay[i % 64] !== undefined) endWork(underWay[i % 64]);
      startWork((underWay[i % 64] = new WorkRecord('server', 'GET', undefined)));
    }
  }
  serve(10_000);
  // What has been there since the start is old.
  gc();
  const before = oldBytes();
  let most = before;
  for (let i = 0; i < 100; i++) {
    serve(10_000);
    most = Math.max(most, oldBytes());
  }
  process.stdout.write(String(most - before));
`;
