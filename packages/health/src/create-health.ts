/** The checks of a service, and what they say when a probe asks. */
import { PortholeError } from '@porthole/core';
import { type Instruments, type Log, noInstruments, noLog } from '@porthole/core/internal';
import { type CheckRunner, createCheckRunner } from './check-runner.js';
import {
  type CheckOptions,
  checkName,
  type HealthCheck,
  type HealthErrorCode,
  resolveCheckOptions,
} from './health-check.js';
import type { CheckResult, Probe, ProbeResult } from './probe-result.js';
import { createReporters } from './report-result.js';
import { createServingCheck, SERVING } from './serving-check.js';

/** What the checks report to, and the clock. */
export interface HealthOptions {
  /** Where changes of a check's state are told. @defaultValue nowhere */
  readonly log?: Log;
  /** Where results are measured. @defaultValue nowhere */
  readonly instruments?: Instruments;
  /** Milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** Which checks of a probe are asked. */
export interface EvaluateOptions {
  /** Names of checks that are not run and count as passed. @defaultValue none */
  readonly exclude?: readonly string[];
  /** The name of the one check that is run, or of the group whose checks are. @defaultValue all of them */
  readonly only?: string;
}

/** Health checks by probe. */
export interface Health {
  /**
   * Registers a check of liveness: should this process be started anew? It must never depend on anything outside the process.
   * Returns what takes the check off again.
   * @throws PortholeError where the name or an option is not valid, or the probe has a check of that name.
   */
  liveness(name: string, check: HealthCheck, options?: CheckOptions): () => void;
  /**
   * Registers a check of readiness: should this process be sent requests? The name `serving` is taken by `setReady`.
   * Otherwise as `liveness`.
   */
  readiness(name: string, check: HealthCheck, options?: CheckOptions): () => void;
  /**
   * Registers a check of startup: has this process started? Once all have passed they are not run again, until another one is
   * registered. Otherwise as `liveness`.
   */
  startup(name: string, check: HealthCheck, options?: CheckOptions): () => void;
  /** Runs what has to be run and answers within the largest `timeoutMs` of the checks asked. Never rejects. */
  evaluate(probe: Probe, options?: EvaluateOptions): Promise<ProbeResult>;
  /**
   * `false` fails readiness, whatever the checks say, until it is set to `true`: through the check `serving`, which stands
   * first in the result for as long. Liveness is not touched.
   * @param reason - why it is not ready; `'set to not ready'` if not given
   */
  setReady(ready: boolean, reason?: string): void;
  /** Aborts the checks that run and takes all of them off; readiness fails from then on. */
  close(): void;
}

/**
 * Starts nothing by itself: checks run when a probe asks, unless they are registered with `everyMs`.
 *
 * @example
 * const health = createHealth({ log, instruments });
 * health.readiness('postgres', () => pool.query('select 1'), { timeoutMs: 300 });
 * const { passed } = await health.evaluate('ready');
 */
export function createHealth(options: HealthOptions = {}): Health {
  const now = options.now ?? Date.now;
  const probes: Readonly<Record<Probe, Map<string, CheckRunner>>> = {
    live: new Map(),
    ready: new Map(),
    startup: new Map(),
  };
  const reporterFor = createReporters(options.log ?? noLog, options.instruments ?? noInstruments, currentResults);
  const serving = createServingCheck(now);
  // Counts registrations, so that an evaluation can tell whether it has asked all checks there are.
  let startupChecks = 0;
  let startedWith = -1;

  function register(probe: Probe, name: string, check: HealthCheck, checkOptions?: CheckOptions): () => void {
    const checks = probes[probe];
    if (checks.has(checkName(name)) || (probe === 'ready' && name === SERVING)) {
      throw new PortholeError<HealthErrorCode>(`the probe "${probe}" has a health check "${name}" already`, {
        code: 'PORTHOLE_HEALTH_CHECK_DUPLICATE',
      });
    }
    const resolved = resolveCheckOptions(checkOptions);
    const runner = createCheckRunner({
      ...resolved,
      name,
      check,
      now,
      onResult: reporterFor(probe, resolved.timeoutMs),
    });
    checks.set(name, runner);
    if (probe === 'startup') startupChecks++;
    return () => {
      if (checks.get(name) === runner) checks.delete(name);
      runner.close();
    };
  }

  async function evaluate(probe: Probe, { exclude = [], only }: EvaluateOptions = {}): Promise<ProbeResult> {
    const known = [...(probe === 'ready' ? [serving] : []), ...probes[probe].values()];
    const excluded = new Set(exclude);
    const asked = known.filter((runner) => {
      if (only !== undefined) return runner.name === only || runner.groups.includes(only);
      return runner !== serving || !serving.isOn();
    });
    const generation = startupChecks;
    const hasStarted = probe === 'startup' && startedWith === generation;
    const checks = await Promise.all(
      asked.map((runner) => {
        if (excluded.has(runner.name)) return excludedResult(runner, now());
        return (hasStarted ? runner.latest() : undefined) ?? runner.run();
      }),
    );
    const isComplete = only === undefined && checks.every((check) => check.excluded === undefined);
    const passed = (only === undefined || asked.length > 0) && checks.every(({ status }) => status !== 'fail');
    if (probe === 'startup' && passed && isComplete) startedWith = generation;
    const names = new Set(known.map(({ name }) => name));
    const unknownExclusions = [...excluded].filter((name) => !names.has(name));
    return { probe, passed, checks, unknownExclusions };
  }

  function* currentResults(): Iterable<readonly [Probe, CheckResult]> {
    yield ['ready', serving.latest()];
    for (const probe of Object.keys(probes) as Probe[]) {
      for (const runner of probes[probe].values()) {
        const result = runner.latest();
        if (result !== undefined) yield [probe, result];
      }
    }
  }

  return {
    liveness: (name, check, checkOptions) => register('live', name, check, checkOptions),
    readiness: (name, check, checkOptions) => register('ready', name, check, checkOptions),
    startup: (name, check, checkOptions) => register('startup', name, check, checkOptions),
    evaluate,
    setReady: (ready, reason = 'set to not ready') => serving.set(ready ? undefined : reason),
    close: () => {
      serving.set('closed');
      for (const checks of Object.values(probes)) {
        for (const runner of checks.values()) runner.close();
        checks.clear();
      }
    },
  };
}

function excludedResult({ name, critical }: CheckRunner, checkedAtMs: number): CheckResult {
  return { name, status: 'pass', critical, durationMs: 0, checkedAtMs, excluded: true };
}
