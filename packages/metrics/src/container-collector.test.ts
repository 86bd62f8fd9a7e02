import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import promClient from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { observeContainer } from './container-collector.js';
import { createExposition } from './exposition.js';
import { createInstruments } from './instruments.js';
import { parseTextFormat } from './testing/parse-text-format.js';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The metrics without their common prefix, of a machine that has just these files. */
async function collect(files: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const root = mkdtempSync(join(tmpdir(), 'porthole-cgroup-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const registry = new promClient.Registry();
  observeContainer(createInstruments(registry, 100), { cgroupRoot: join(root, 'sys'), procRoot: join(root, 'proc') });
  const text = await createExposition({ registry, collectTimeoutMs: 1000 }).text();
  const { samples } = parseTextFormat(text);
  return Object.fromEntries(samples.map(({ name, value }) => [name.replace('porthole_container_', ''), value]));
}

const V2 = {
  'proc/self/cgroup': '0::/\n',
  'sys/cgroup.controllers': 'cpu io memory pids\n',
  'sys/memory.current': '104857600\n',
  'sys/memory.max': '268435456\n',
  'sys/memory.stat': 'anon 60000000\nfile 40000000\ninactive_file 20971520\nactive_file 1\n',
  'sys/memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
  'sys/cpu.max': '50000 100000\n',
  'sys/cpu.stat':
    'usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 40\nnr_throttled 7\nthrottled_usec 250000\n',
  'sys/cpu.pressure':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=4000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n',
  'sys/memory.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n',
};

const V2_METRICS = {
  memory_usage_bytes: 104857600,
  memory_working_set_bytes: 83886080,
  memory_limit_bytes: 268435456,
  memory_oom_kills_total: 2,
  cpu_time_seconds_total: 1.5,
  cpu_throttled_seconds_total: 0.25,
  cpu_periods_total: 40,
  cpu_throttled_periods_total: 7,
  cpu_limit_cores: 0.5,
  pressure_cpu_waiting_seconds_total: 4,
  pressure_cpu_stalled_seconds_total: 1,
  pressure_memory_waiting_seconds_total: 0.5,
};

const V1 = {
  'proc/self/cgroup': '5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n',
  'sys/memory/memory.usage_in_bytes': '104857600\n',
  'sys/memory/memory.limit_in_bytes': '268435456\n',
  'sys/memory/memory.stat': 'cache 1\ninactive_file 1\ntotal_cache 2\ntotal_inactive_file 20971520\n',
  'sys/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
  'sys/cpu,cpuacct/cpuacct.usage': '1500000000\n',
  'sys/cpu,cpuacct/cpu.stat': 'nr_periods 40\nnr_throttled 7\nthrottled_time 250000000\n',
  'sys/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
  'sys/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
};

const V1_METRICS = Object.fromEntries(Object.entries(V2_METRICS).filter(([name]) => !name.startsWith('pressure')));

describe('cgroup v2', () => {
  test('a limited container has all metrics that its files give', async () => {
    expect(await collect(V2)).toEqual(V2_METRICS);
  });

  test('without limits there are no limit series', async () => {
    const metrics = await collect({ ...V2, 'sys/memory.max': 'max\n', 'sys/cpu.max': 'max 100000\n' });
    expect(metrics).not.toHaveProperty('memory_limit_bytes');
    expect(metrics).not.toHaveProperty('cpu_limit_cores');
    expect(metrics).toHaveProperty('memory_usage_bytes');
  });

  test('a process in a group further down reads that one', async () => {
    const below = Object.fromEntries(
      Object.entries(V2).map(([path, text]) => [
        path.replace(/^sys\/(?!cgroup)/, 'sys/system.slice/app.service/'),
        text,
      ]),
    );
    const metrics = await collect({
      ...below,
      'proc/self/cgroup': '0::/system.slice/app.service\n',
      'sys/cpu.stat': 'usage_usec 99000000\n',
    });
    expect(metrics).toEqual(V2_METRICS);
  });

  test.each(['/../../other', '/kubepods/pod1/abc'])(
    'where the path %s is not to be seen, the root is the own group',
    async (path) => {
      expect(await collect({ ...V2, 'proc/self/cgroup': `0::${path}\n` })).toEqual(V2_METRICS);
    },
  );
});

describe('cgroup v1', () => {
  test('a limited container has all metrics but the pressure', async () => {
    expect(await collect(V1)).toEqual(V1_METRICS);
  });

  test('controllers that are mounted each for itself, with the own group in the hierarchy', async () => {
    const files = Object.fromEntries(
      Object.entries(V1).map(([path, text]) => [
        path
          .replace('sys/memory/', 'sys/memory/docker/abc/')
          .replace('cpu,cpuacct/cpuacct.', 'cpuacct/docker/abc/cpuacct.')
          .replace('cpu,cpuacct/cpu.', 'cpu/docker/abc/cpu.'),
        text,
      ]),
    );
    files['proc/self/cgroup'] = '3:memory:/docker/abc\n2:cpuacct:/docker/abc\n1:cpu:/docker/abc\n0::/\n';
    files['sys/memory/memory.usage_in_bytes'] = '1\n';
    expect(await collect(files)).toEqual(V1_METRICS);
  });

  test('without limits there are no limit series', async () => {
    const metrics = await collect({
      ...V1,
      'sys/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
    });
    expect(metrics).not.toHaveProperty('memory_limit_bytes');
    expect(metrics).not.toHaveProperty('cpu_limit_cores');
  });
});

test('where there are no control groups there are no series', async () => {
  expect(await collect({})).toEqual({});
});

test('files that hold anything at all cost at most their own series', async () => {
  const paths = Object.keys({ ...V2, ...V1 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.string({ unit: 'binary' }), fc.boolean(), async (path, text, v2) => {
      const metrics = await collect({ ...(v2 ? V2 : V1), [path]: text });
      expect(Object.values(metrics).every((value) => value >= 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
