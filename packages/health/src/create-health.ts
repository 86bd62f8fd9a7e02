/** The checks of a service, and their answer to a probe. */
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
import { badOption, show } from './option-value.js';
import type { CheckResult, Probe, ProbeResult } from './probe-result.js';
import { createReporters } from './report-result.js';
import { createServingCheck, SERVING, type ServingProbe } from './serving-check.js';

/** The log and the instruments of the checks, and the clock. */
export interface HealthOptions {
  /** The log for changes of a check's state. @defaultValue nowhere */
  readonly log?: Log;
  /** The instruments for results. @defaultValue nowhere */
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
   * Registers a check of liveness: should this process be started anew? It must never depend on anything outside the
   * process. Returns a function that removes the check.
   * @throws PortholeError if the name or an option is not valid, or the probe has a check of that name.
   */
  liveness(name: string, check: HealthCheck, options?: CheckOptions): () => void;
  /**
   * Registers a check of readiness: should this process be sent requests? The name `serving` is taken by `setReady`.
   * Otherwise as `liveness`.
   */
  readiness(name: string, check: HealthCheck, options?: CheckOptions): () => void;
  /**
   * Registers a check of startup: has this process started? Once all have passed they are not run again, until another
   * one is registered. Otherwise as `liveness`.
   */
  startup(name: string, check: HealthCheck, options?: CheckOptions): () => void;
  /** Runs the checks that are due and answers within the largest `timeoutMs` of the checks asked. Never rejects. */
  evaluate(probe: Probe, options?: EvaluateOptions): Promise<ProbeResult>;
  /**
   * `false` fails readiness, despite passing checks, until it is set to `true`: through the check `serving`, which
   * stands first in the result for as long. Liveness is not touched. Does nothing after `startDraining`.
   * @param reason - why it is not ready; `'set to not ready'` if not given
   */
  setReady(ready: boolean, reason?: string): void;
  /**
   * Fails readiness and startup until the service has started: until the function that is returned is called, or
   * `setReady(true)`.
   * @param reason - the awaited event; every caller sees it, so it must not be private
   */
  awaitStart(reason: string): () => void;
  /**
   * Fails readiness for good, also in answers that are under way: a service that shuts down does not become ready
   * again. Liveness is not touched.
   */
  startDraining(): void;
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
  const reportServing = reporterFor('ready', Number.POSITIVE_INFINITY);
  // Counts registrations, so that an evaluation knows whether it has run all checks.
  let startupChecks = 0;
  let startedWith = -1;

  function register(probe: Probe, name: string, check: HealthCheck, checkOptions?: CheckOptions): () => void {
    const checks = probes[probe];
    if (checks.has(checkName(name)) || (probe === 'ready' && name === SERVING)) {
      throw new PortholeError<HealthErrorCode>(`the probe "${probe}" has a health check "${name}" already`, {
        code: 'PORTHOLE_HEALTH_CHECK_DUPLICATE',
      });
    }
    if (typeof check !== 'function') throw badOption(`the check "${name}"`, show(check), 'a function');
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
    const registered = probes[probe];
    const excluded = new Set(exclude);
    const unknownExclusions = [...excluded].filter(
      (name) => !registered.has(name) && !(probe !== 'live' && name === SERVING),
    );
    const asked = [...registered.values()].filter(
      ({ name, groups }) => only === undefined || name === only || groups.includes(only),
    );
    const generation = startupChecks;
    const hasStarted = probe === 'startup' && startedWith === generation;
    const results = await Promise.all(
      asked.map((runner) => {
        if (excluded.has(runner.name)) return excludedResult(runner, now());
        return (hasStarted ? runner.latest() : undefined) ?? runner.run();
      }),
    );
    const checks = [
      // Read last: a probe from before the stop must not get "ready" after it.
      ...(probe === 'live' ? [] : servingResults(probe, excluded, only)),
      // A check that was removed meanwhile does not count any more.
      ...results.filter(({ name }, index) => registered.get(name) === asked[index]),
    ];
    const isComplete = only === undefined && checks.every((check) => check.excluded === undefined);
    const passed = (only === undefined || checks.length > 0) && checks.every(({ status }) => status !== 'fail');
    if (probe === 'startup' && passed && isComplete) startedWith = generation;
    return { probe, passed, checks, unknownExclusions };
  }

  /** Unless a caller names it, it is shown only while it fails. */
  function servingResults(
    probe: ServingProbe,
    excluded: ReadonlySet<string>,
    only: string | undefined,
  ): readonly CheckResult[] {
    if (only === undefined ? serving.isOn(probe) : only !== SERVING) return [];
    const latest = serving.latest(probe);
    return [excluded.has(SERVING) ? excludedResult(latest, now()) : latest];
  }

  function setReady(ready: boolean, reason = 'set to not ready'): void {
    serving.set(ready ? undefined : reason);
    reportServing(serving.latest('ready'), { isExecution: false });
  }

  function* currentResults(): Iterable<readonly [Probe, CheckResult]> {
    yield ['ready', serving.latest('ready')];
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
    setReady,
    awaitStart: (reason) => serving.await(reason),
    // Without a line of its own: the shutdown reports it.
    startDraining: () => serving.end('shutting down'),
    close: () => {
      serving.end('closed');
      for (const checks of Object.values(probes)) {
        for (const runner of checks.values()) runner.close();
        checks.clear();
      }
    },
  };
}

function excludedResult({ name, critical }: Pick<CheckResult, 'name' | 'critical'>, checkedAtMs: number): CheckResult {
  return { name, status: 'pass', critical, durationMs: 0, checkedAtMs, excluded: true };
}
