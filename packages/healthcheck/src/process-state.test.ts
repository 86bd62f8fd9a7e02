import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processState } from './process-state.js';

describe.runIf(process.platform === 'linux')('a process', () => {
  test('whose container is full has no memory left', async () => {
    const root = mkdtempSync(join(tmpdir(), 'cgroup-'));
    writeFileSync(join(root, 'memory.max'), '268435456\n');
    writeFileSync(join(root, 'cgroup.controllers'), 'memory\n');
    writeFileSync(join(root, 'memory.current'), '268435456\n');
    writeFileSync(join(root, 'memory.stat'), 'inactive_file 1048576\n');
    expect(await processState(process.pid, root)).toBe('has no memory left (255 of 256 MB)');
    writeFileSync(join(root, 'memory.stat'), 'inactive_file 134217728\n');
    expect(await processState(process.pid, root)).toMatch(/^is (waiting|running on the CPU|waiting for the CPU)$/);
    rmSync(root, { recursive: true });
  });

  test('that is gone says nothing', async () => {
    expect(await processState(2 ** 22)).toBeUndefined();
  });
});
