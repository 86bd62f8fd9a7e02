import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCgroupFolders } from './cgroup-folders.js';
import { type ContainerMemory, readContainerMemory } from './container-memory.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** `root` stands for /sys/fs/cgroup, and `root`/proc for /proc. */
const memory = (): ContainerMemory => readContainerMemory(findCgroupFolders(root, join(root, 'proc')));

test('version 2 gives usage and limit', () => {
  writeFileSync(join(root, 'cgroup.controllers'), 'memory\n');
  writeFileSync(join(root, 'memory.current'), '125829120\n');
  writeFileSync(join(root, 'memory.max'), '268435456\n');
  writeFileSync(join(root, 'memory.stat'), 'anon 1\ninactive_file 4096\nactive_file 8192\n');
  expect(memory()).toEqual({
    usageBytes: 125829120,
    workingSetBytes: 125825024,
    limitBytes: 268435456,
  });
});

test('a version 2 group without a limit has none', () => {
  writeFileSync(join(root, 'cgroup.controllers'), 'memory\n');
  writeFileSync(join(root, 'memory.current'), '1024\n');
  writeFileSync(join(root, 'memory.max'), 'max\n');
  expect(memory()).toEqual({ usageBytes: 1024 });
});

test('version 1 gives usage and limit, and its largest number means no limit', () => {
  mkdirSync(join(root, 'memory'));
  writeFileSync(join(root, 'memory/memory.usage_in_bytes'), '1024\n');
  writeFileSync(join(root, 'memory/memory.limit_in_bytes'), '268435456\n');
  writeFileSync(join(root, 'memory/memory.stat'), 'inactive_file 7\ntotal_inactive_file 24\n');
  expect(memory()).toEqual({ usageBytes: 1024, workingSetBytes: 1000, limitBytes: 268435456 });
  writeFileSync(join(root, 'memory/memory.limit_in_bytes'), '9223372036854771712\n');
  expect(memory()).toEqual({ usageBytes: 1024, workingSetBytes: 1000 });
});

test('a group further down is found by what /proc says', () => {
  writeFileSync(join(root, 'cgroup.controllers'), 'memory\n');
  mkdirSync(join(root, 'proc/self'), { recursive: true });
  writeFileSync(join(root, 'proc/self/cgroup'), '0::/system.slice/orders.service\n');
  const own = join(root, 'system.slice/orders.service');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'cpu.stat'), 'usage_usec 1\n');
  writeFileSync(join(own, 'memory.current'), '1024\n');
  writeFileSync(join(own, 'memory.max'), '2048\n');
  writeFileSync(join(own, 'memory.stat'), 'inactive_file 24\n');
  expect(memory()).toEqual({ usageBytes: 1024, workingSetBytes: 1000, limitBytes: 2048 });
});

test('without a control group there is nothing to say', () => {
  expect(memory()).toEqual({});
});
