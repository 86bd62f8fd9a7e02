import type { Histogram, Instruments, Labels, Log, Report } from '@porthole/core/internal';
import { activeRecord, noInstruments, runInContext, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHealth } from './create-health.js';

const never = () => new Promise<never>(() => {});

describe('a check', () => {
  test.each([
    ['returns nothing', () => undefined, 'pass', undefined],
    ['resolves to anything but false', async () => 0, 'pass', undefined],
    ['returns false', () => false, 'fail', 'returned false'],
    ['resolves to false', async () => false, 'fail', 'returned false'],
    [
      'throws',
      () => {
        throw new Error('no\nroute');
      },
      'fail',
      'no route',
    ],
    ['rejects', () => Promise.reject(new Error('refused')), 'fail', 'refused'],
    [
      'throws what is no error',
      () => {
        throw null;
      },
      'fail',
      'null',
    ],
  ])('that %s', async (_, check, status, reason) => {
    const health = createHealth();
    health.readiness('db', check);
    const result = await health.evaluate('ready');
    expect(result.passed).toBe(status === 'pass');
    expect(result.checks).toMatchObject([{ name: 'db', status, critical: true }]);
    expect(result.checks[0]?.reason).toBe(reason);
  });

  test('that is not critical warns and lets the probe pass', async () => {
    const health = createHealth();
    health.readiness('cache', () => false, { critical: false });
    const result = await health.evaluate('ready');
    expect(result.passed).toBe(true);
    expect(result.checks[0]).toMatchObject({ status: 'warn', critical: false, reason: 'returned false' });
  });

  test('runs outside the unit of work of whoever asks', async () => {
    const health = createHealth();
    let seen: unknown = 'not run';
    health.readiness('db', () => {
      seen = activeRecord();
    });
    await runInContext(new WorkRecord('internal', 'prober', undefined), () => health.evaluate('ready'));
    expect(seen).toBeUndefined();
  });

  test('that never settles is aborted, answered for and not started again', async () => {
    const health = createHealth();
    let starts = 0;
    let aborted = false;
    health.readiness(
      'db',
      ({ signal }) => {
        starts++;
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return never();
      },
      { timeoutMs: 20, cacheMs: 0 },
    );
    const first = await health.evaluate('ready');
    expect(first.checks[0]?.reason).toBe('timed out after 20 ms');
    const second = await health.evaluate('ready');
    expect(second.passed).toBe(false);
    expect(second.checks[0]?.reason).toMatch(/^still running since \d{4}-\d\d-\d\dT/);
    expect(starts).toBe(1);
    expect(aborted).toBe(true);
  });

  test('is not late because the event loop was, where its answer has come in time', async () => {
    const health = createHealth();
    const { port1, port2 } = new MessageChannel();
    health.readiness('db', () => new Promise((resolve) => port1.once('message', resolve)), { timeoutMs: 20 });
    const asked = health.evaluate('ready');
    // Blocks where timers come next, before anything that has arrived is read.
    setImmediate(() => {
      port2.postMessage('pong');
      const end = performance.now() + 50;
      while (performance.now() < end);
    });
    expect((await asked).checks[0]).toMatchObject({ status: 'pass' });
    port1.close();
  });

  test('that settles too late runs again, and its late answer counts for nothing', async () => {
    const health = createHealth();
    let starts = 0;
    let settle: () => void = () => {};
    health.readiness(
      'db',
      () =>
        ++starts === 1
          ? new Promise<void>((resolve) => {
              settle = resolve;
            })
          : undefined,
      {
        timeoutMs: 20,
        cacheMs: 0,
      },
    );
    expect((await health.evaluate('ready')).passed).toBe(false);
    settle();
    await new Promise(setImmediate);
    expect((await health.evaluate('ready')).passed).toBe(true);
    expect(starts).toBe(2);
  });

  test('is executed once for 1,000 concurrent evaluations', async () => {
    const health = createHealth();
    let starts = 0;
    health.readiness(
      'db',
      async () => {
        starts++;
        await new Promise(setImmediate);
      },
      { cacheMs: 0 },
    );
    const results = await Promise.all(Array.from({ length: 1000 }, () => health.evaluate('ready')));
    expect(results.every(({ passed }) => passed)).toBe(true);
    expect(starts).toBe(1);
  });

  test('is run again when its result is as old as cacheMs, good or bad, or when the clock is set back', async () => {
    let time = 10_000;
    let starts = 0;
    const health = createHealth({ now: () => time });
    health.readiness('db', () => ++starts % 2 === 1, { cacheMs: 1000 });
    const ask = async () => [(await health.evaluate('ready')).passed, starts];
    expect(await ask()).toEqual([true, 1]);
    time = 10_999;
    expect(await ask()).toEqual([true, 1]);
    time = 11_000;
    expect(await ask()).toEqual([false, 2]);
    time = 11_500;
    expect(await ask()).toEqual([false, 2]);
    time = 11_400;
    expect(await ask()).toEqual([false, 2]);
    time = 5000;
    expect(await ask()).toEqual([true, 3]);
  });
});

test('a check runs as often as its results grow old, whoever asks and whenever', async () => {
  const step = fc.record({ waitMs: fc.nat(1500), askers: fc.nat(3), passes: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step), fc.integer({ min: 0, max: 2000 }), async (steps, cacheMs) => {
      let time = 0;
      let starts = 0;
      let passes = true;
      const health = createHealth({ now: () => time });
      health.readiness(
        'db',
        () => {
          starts++;
          return passes;
        },
        { cacheMs },
      );
      let ranAt = Number.NEGATIVE_INFINITY;
      let expected = { starts: 0, passed: true };
      for (const { waitMs, askers, passes: next } of steps) {
        time += waitMs;
        passes = next;
        if (askers > 0 && time - ranAt >= cacheMs) {
          ranAt = time;
          expected = { starts: expected.starts + 1, passed: next };
        }
        const results = await Promise.all(Array.from({ length: askers }, () => health.evaluate('ready')));
        for (const { passed } of results) expect(passed).toBe(expected.passed);
        expect(starts).toBe(expected.starts);
      }
    }),
  );
});

describe('a check that runs by itself', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('does so in its distance, and a probe is told the latest result', async () => {
    const health = createHealth();
    let runs = 0;
    health.readiness('db', () => ++runs !== 2, { everyMs: 1000, cacheMs: 0 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toBe(1);
    for (let i = 0; i < 3; i++) expect((await health.evaluate('ready')).passed).toBe(true);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect((await health.evaluate('ready')).passed).toBe(false);
    expect(runs).toBe(2);
  });

  test('is run for the probe that comes before its first run', async () => {
    const health = createHealth();
    health.readiness('db', () => {}, { everyMs: 60_000 });
    expect((await health.evaluate('ready')).checks).toMatchObject([{ name: 'db', status: 'pass' }]);
  });

  test('and never settles is not started again, and fails', async () => {
    const health = createHealth();
    let runs = 0;
    const hang = () => {
      runs++;
      return never();
    };
    health.readiness('db', hang, { everyMs: 1000, timeoutMs: 100, failureThreshold: 3 });
    await vi.advanceTimersByTimeAsync(10_000);
    const { checks } = await health.evaluate('ready');
    expect(checks[0]?.reason).toMatch(/^still running since/);
    expect(runs).toBe(1);
  });

  test('stops when it is taken off', async () => {
    const health = createHealth();
    let runs = 0;
    const unregister = health.liveness('loop', () => void runs++, { everyMs: 100 });
    await vi.advanceTimersByTimeAsync(250);
    unregister();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('thresholds', () => {
  test('hold a change back, which a probe is told of', async () => {
    const health = createHealth();
    const outcomes = [true, false, false, true];
    health.readiness('db', () => outcomes.shift(), { cacheMs: 0, failureThreshold: 2, successThreshold: 2 });
    const next = async () => (await health.evaluate('ready')).checks[0];
    expect(await next()).toMatchObject({ status: 'pass' });
    expect(await next()).toMatchObject({ status: 'pass', pending: 'failed 1 of 2 times: returned false' });
    expect(await next()).toMatchObject({ status: 'fail', reason: 'returned false' });
    expect(await next()).toMatchObject({ status: 'fail', pending: 'passed 1 of 2 times' });
  });
});

describe('registration', () => {
  test('refuses a second check of a name within a probe, and `serving` in readiness', () => {
    const health = createHealth();
    health.readiness('db', () => {});
    health.liveness('db', () => {});
    health.liveness('serving', () => {});
    expect(() => health.readiness('db', () => {})).toThrow('the probe "ready" has a health check "db" already');
    expect(() => health.readiness('serving', () => {})).toThrow(
      expect.objectContaining({ code: 'PORTHOLE_HEALTH_CHECK_DUPLICATE' }),
    );
    expect(() => health.startup('a b', () => {})).toThrow('"a b" cannot name a health check');
    expect(() => health.startup('a', () => {}, { timeoutMs: -1 })).toThrow('timeoutMs');
    expect(() => health.startup('a', true as never)).toThrow('the check "a": true is not valid: expected a function');
    health.startup('a', () => {});
  });

  test('can be taken back, which answers those who wait and frees the name', async () => {
    const health = createHealth();
    const unregister = health.readiness('db', never, { timeoutMs: 60_000 });
    const waiting = health.evaluate('ready');
    unregister();
    expect(await waiting).toMatchObject({ passed: true, checks: [] });
    health.readiness('db', () => {});
    unregister();
    expect((await health.evaluate('ready')).checks).toMatchObject([{ name: 'db', status: 'pass' }]);
  });
});

describe('a check that is registered late', () => {
  test.each(['startup', 'ready', 'live'] as const)(
    'is run before %s answers, so that none answers for it',
    async (probe) => {
      const register = { startup: 'startup', ready: 'readiness', live: 'liveness' } as const;
      const health = createHealth();
      expect((await health.evaluate(probe)).passed).toBe(true);
      let settle: (passes: boolean) => void = () => {};
      health[register[probe]]('late', () => new Promise((resolve) => (settle = resolve)));
      const asked = health.evaluate(probe);
      settle(false);
      expect((await asked).passed).toBe(false);
    },
  );

  test('leaves the other probes as they are', async () => {
    const health = createHealth();
    health.startup('late', () => false);
    health.readiness('late', () => false);
    expect((await health.evaluate('live')).passed).toBe(true);
  });
});

describe('evaluate', () => {
  test('passes where there is no check', async () => {
    const health = createHealth();
    for (const probe of ['live', 'ready', 'startup'] as const) {
      expect(await health.evaluate(probe)).toEqual({ probe, passed: true, checks: [], unknownExclusions: [] });
    }
  });

  test('does not run what is excluded, and tells which exclusions it does not know', async () => {
    const health = createHealth();
    let starts = 0;
    health.readiness('db', () => {
      starts++;
      return false;
    });
    const result = await health.evaluate('ready', { exclude: ['db', 'dbb', 'dbb'] });
    expect(result).toMatchObject({ passed: true, checks: [{ name: 'db', status: 'pass', excluded: true }] });
    expect(result.unknownExclusions).toEqual(['dbb']);
    expect(starts).toBe(0);
  });

  test('asks one check alone, and fails with none for a name that no check has', async () => {
    const health = createHealth();
    health.readiness('db', () => {});
    health.readiness('queue', () => false);
    expect(await health.evaluate('ready', { only: 'db' })).toMatchObject({ passed: true, checks: [{ name: 'db' }] });
    expect(await health.evaluate('ready', { only: 'nope' })).toMatchObject({ passed: false, checks: [] });
  });

  test('answers for any set of names and exclusions by the checks that are left', async () => {
    const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.record({ name, passes: fc.boolean() }), { selector: (check) => check.name }),
        fc.array(fc.oneof(name, fc.string({ unit: 'binary' }))),
        async (checks, exclude) => {
          const health = createHealth();
          for (const check of checks) health.liveness(check.name, () => check.passes);
          const result = await health.evaluate('live', { exclude });
          expect(result.passed).toBe(checks.every((check) => check.passes || exclude.includes(check.name)));
          expect(result.checks.map((check) => check.name)).toEqual(checks.map((check) => check.name));
          const known = new Set<string>(checks.map((check) => check.name));
          expect(new Set(result.unknownExclusions)).toEqual(new Set(exclude.filter((other) => !known.has(other))));
        },
      ),
    );
  });
});

describe('startup', () => {
  test('stays passed once it has passed as a whole, until another check is registered', async () => {
    const health = createHealth();
    let starts = 0;
    let passes = false;
    health.startup(
      'migrated',
      () => {
        starts++;
        return passes;
      },
      { cacheMs: 0 },
    );
    expect((await health.evaluate('startup', { exclude: ['migrated'] })).passed).toBe(true);
    expect((await health.evaluate('startup')).passed).toBe(false);
    passes = true;
    expect((await health.evaluate('startup')).passed).toBe(true);
    passes = false;
    expect((await health.evaluate('startup')).passed).toBe(true);
    expect(starts).toBe(2);
    health.startup('warm', () => {});
    expect((await health.evaluate('startup')).passed).toBe(false);
  });
});

describe('setReady', () => {
  test('fails readiness with its reason and leaves liveness alone', async () => {
    const health = createHealth();
    health.readiness('db', () => {});
    health.setReady(false);
    const result = await health.evaluate('ready');
    expect(result.passed).toBe(false);
    expect(result.checks).toMatchObject([
      { name: 'serving', status: 'fail', reason: 'set to not ready' },
      { name: 'db', status: 'pass' },
    ]);
    expect((await health.evaluate('live')).passed).toBe(true);
    expect((await health.evaluate('ready', { only: 'serving' })).passed).toBe(false);
    health.setReady(true);
    expect((await health.evaluate('ready')).checks).toMatchObject([{ name: 'db' }]);
    expect((await health.evaluate('ready', { only: 'serving' })).passed).toBe(true);
  });

  test('can be excluded, and is then never an unknown name', async () => {
    const health = createHealth();
    expect((await health.evaluate('ready', { exclude: ['serving'] })).unknownExclusions).toEqual([]);
    health.setReady(false, 'taken out by hand');
    expect(await health.evaluate('ready', { exclude: ['serving'] })).toMatchObject({
      passed: true,
      unknownExclusions: [],
    });
  });

  test('is not what brings a service back that drains, nor is an answer that was under way', async () => {
    const health = createHealth();
    let settle: () => void = () => {};
    health.readiness('db', () => new Promise<void>((resolve) => (settle = resolve)));
    const asked = health.evaluate('ready');
    health.startDraining();
    settle();
    expect(await asked).toMatchObject({ passed: false, checks: [{ name: 'serving', reason: 'shutting down' }, {}] });
    health.setReady(true);
    health.setReady(false, 'by hand');
    expect((await health.evaluate('ready')).checks[0]).toMatchObject({ name: 'serving', reason: 'shutting down' });
    expect((await health.evaluate('live')).passed).toBe(true);
    expect((await health.evaluate('startup')).passed).toBe(true);
  });

  test('is what close leaves behind', async () => {
    const health = createHealth();
    health.readiness('db', never, { timeoutMs: 60_000 });
    const waiting = health.evaluate('ready');
    health.close();
    expect((await waiting).passed).toBe(false);
    expect((await health.evaluate('ready')).checks).toMatchObject([{ name: 'serving', reason: 'closed' }]);
  });
});

describe('awaitStart', () => {
  const reason = 'waiting for the application to listen';

  test('fails readiness and startup for its reason until it is over, and leaves liveness alone', async () => {
    const health = createHealth();
    health.startup('migrated', () => {});
    const started = health.awaitStart(reason);
    const serving = { name: 'serving', status: 'fail', reason, isPublic: true };
    expect(await health.evaluate('ready')).toMatchObject({ passed: false, checks: [serving] });
    expect(await health.evaluate('startup')).toMatchObject({ passed: false, checks: [serving, { status: 'pass' }] });
    expect((await health.evaluate('startup', { exclude: ['serving'] })).passed).toBe(true);
    expect((await health.evaluate('startup')).passed).toBe(false);
    expect((await health.evaluate('live')).passed).toBe(true);
    started();
    expect(await health.evaluate('ready')).toMatchObject({ passed: true, checks: [] });
    expect(await health.evaluate('startup')).toMatchObject({ passed: true, checks: [{ name: 'migrated' }] });
  });

  test('is over by setReady(true), and not by setReady(false)', async () => {
    const health = createHealth();
    health.awaitStart(reason);
    health.setReady(false, 'warming up');
    expect((await health.evaluate('ready')).checks).toMatchObject([{ name: 'serving', reason: 'warming up' }]);
    expect((await health.evaluate('startup')).checks).toMatchObject([{ name: 'serving', reason }]);
    health.setReady(true);
    expect((await health.evaluate('ready')).passed).toBe(true);
    expect((await health.evaluate('startup')).passed).toBe(true);
  });

  test('of several waits each ends its own, in any order', async () => {
    const health = createHealth();
    const listening = health.awaitStart(reason);
    const queue = health.awaitStart('waiting for the queue');
    listening();
    expect((await health.evaluate('ready')).checks).toMatchObject([
      { reason: 'waiting for the queue', isPublic: true },
    ]);
    queue();
    expect((await health.evaluate('ready')).passed).toBe(true);
  });

  test('does not override what the application has set, nor the shutdown', async () => {
    const health = createHealth();
    const started = health.awaitStart(reason);
    health.setReady(false, 'warming up');
    started();
    expect((await health.evaluate('ready')).checks).toMatchObject([{ name: 'serving', reason: 'warming up' }]);
    expect((await health.evaluate('ready')).checks[0]?.isPublic).toBeUndefined();
    health.startDraining();
    expect((await health.evaluate('ready')).passed).toBe(false);
  });
});

describe('reports', () => {
  test('one line for each change of state', async () => {
    const { log, lines } = collectingLog();
    const health = createHealth({ log });
    const outcomes = [true, false, false, true, true];
    health.readiness('db', () => outcomes.shift(), { cacheMs: 0 });
    for (let i = 0; i < 5; i++) await health.evaluate('ready');
    expect(lines).toEqual([
      ['warn', { check: 'db', probe: 'ready', reason: 'returned false' }, 'health check fails'],
      ['info', { check: 'db', probe: 'ready' }, 'health check passes again'],
    ]);
  });

  test('a status series for each check there is, and one duration for each execution', async () => {
    const gauges = new Map<string, (report: Report) => void>();
    const durations: [number, Labels | undefined][] = [];
    const histogram: Histogram = { observe: (value, labels) => durations.push([value, labels]) };
    const instruments: Instruments = {
      ...noInstruments,
      histogram: () => histogram,
      observeGauge: (options, collect) => gauges.set(options.name, collect),
    };
    const scrape = () => {
      const series: unknown[] = [];
      gauges.get('porthole_health_check_status')?.((value, labels) => series.push([value, labels]));
      return series;
    };
    const health = createHealth({ instruments });
    const unregister = health.readiness('db', () => false);
    health.liveness('loop', () => {});
    const serving = [1, { check: 'serving', probe: 'ready' }];
    expect(scrape()).toEqual([serving]);
    await health.evaluate('ready');
    await health.evaluate('ready');
    await health.evaluate('live');
    expect(scrape()).toEqual([serving, [1, { check: 'loop', probe: 'live' }], [0, { check: 'db', probe: 'ready' }]]);
    expect(durations.map(([, labels]) => labels)).toEqual([
      { check: 'db', probe: 'ready' },
      { check: 'loop', probe: 'live' },
    ]);
    unregister();
    expect(scrape()).toEqual([serving, [1, { check: 'loop', probe: 'live' }]]);
  });

  test('a line when readiness is set, and none when it is set to what it is or the service drains', () => {
    const { log, lines } = collectingLog();
    const health = createHealth({ log });
    health.setReady(true);
    health.setReady(false, 'taken out by hand');
    health.setReady(false, 'still out');
    health.setReady(true);
    health.startDraining();
    expect(lines).toEqual([
      ['warn', { check: 'serving', probe: 'ready', reason: 'taken out by hand' }, 'health check fails'],
      ['info', { check: 'serving', probe: 'ready' }, 'health check passes again'],
    ]);
  });

  test('nothing of a check that is taken off while it runs', async () => {
    const { log, lines } = collectingLog();
    const durations: number[] = [];
    const health = createHealth({ log, instruments: measuringInto(durations) });
    const unregister = health.liveness('db', never);
    const asked = health.evaluate('live');
    unregister();
    expect(await asked).toMatchObject({ passed: true, checks: [] });
    expect(lines).toEqual([]);
    expect(durations).toEqual([]);
  });

  test('one duration of a check that never settles, however often it is asked for', async () => {
    const durations: number[] = [];
    const health = createHealth({ instruments: measuringInto(durations) });
    health.readiness('db', never, { timeoutMs: 20, cacheMs: 0 });
    for (let i = 0; i < 5; i++) await health.evaluate('ready');
    expect(durations.length).toBe(1);
  });

  test('a log that throws changes no answer', async () => {
    const fail = () => {
      throw new Error('disk full');
    };
    const health = createHealth({ log: { debug: fail, info: fail, warn: fail, error: fail, fatal: fail } });
    health.readiness('db', () => false);
    expect((await health.evaluate('ready')).passed).toBe(false);
  });
});

type Line = readonly [level: string, fields: Readonly<Record<string, unknown>>, message: string];

function collectingLog(): { readonly log: Log; readonly lines: readonly Line[] } {
  const lines: Line[] = [];
  const write = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push([level, fields, message]);
  };
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
  return { log, lines };
}

function measuringInto(durations: number[]): Instruments {
  return { ...noInstruments, histogram: () => ({ observe: (seconds) => void durations.push(seconds) }) };
}
