/**
 * Runs one check: one execution at a time for all callers, an answer in time in every case, and a result that is kept
 * for a while.
 */
import { performance } from 'node:perf_hooks';
import { messageOf, runOutsideContext } from '@porthole/core/internal';
import { createThresholds } from './apply-thresholds.js';
import type { HealthCheck, ResolvedCheckOptions } from './health-check.js';
import type { CheckResult } from './probe-result.js';
import type { ResultReporter } from './report-result.js';

/** The options of one runner. */
export interface CheckRunnerOptions extends ResolvedCheckOptions {
  readonly name: string;
  readonly check: HealthCheck;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * Called with the counted result after each execution, and each time that an execution without an end is asked for.
   * Must not throw.
   */
  readonly onResult: ResultReporter;
}

/** One check of one probe. */
export interface CheckRunner {
  readonly name: string;
  readonly critical: boolean;
  readonly groups: readonly string[];
  /** The cached result, the one of the execution that is under way, or that of a new one. Never rejects. */
  run(): Promise<CheckResult>;
  /** The result of the last execution. */
  latest(): CheckResult | undefined;
  /** Aborts the execution and answers its callers; nothing runs by itself or is reported any more. */
  close(): void;
}

interface Execution {
  readonly startedAtMs: number;
  readonly startedMs: number;
  readonly controller: AbortController;
}

export function createCheckRunner(options: CheckRunnerOptions): CheckRunner {
  const { name, critical, groups, timeoutMs, everyMs, now } = options;
  // A check that runs by itself has a result that is a little older than the distance between two runs.
  const freshMs = everyMs === undefined ? options.cacheMs : 2 * everyMs;
  const applyThresholds = createThresholds(options);
  let latest: CheckResult | undefined;
  let answer: Promise<CheckResult> | undefined;
  // Outlives the answer if the check does not settle in time: it must not be started again on top of itself.
  let execution: Execution | undefined;
  let giveUp: (reason: string) => void = () => {};
  let isClosed = false;

  function run(): Promise<CheckResult> {
    if (everyMs !== undefined && latest !== undefined && isFresh()) return Promise.resolve(latest);
    if (answer !== undefined) return answer;
    if (execution !== undefined) return Promise.resolve(stillRunning(execution));
    if (latest !== undefined && isFresh()) return Promise.resolve(latest);
    return start();
  }

  function runByItself(): void {
    if (execution === undefined) void start();
    else if (answer === undefined) stillRunning(execution);
  }

  function start(): Promise<CheckResult> {
    const started = { startedAtMs: now(), startedMs: performance.now(), controller: new AbortController() };
    execution = started;
    let resolve: (result: CheckResult) => void;
    const promise = new Promise<CheckResult>((settle) => {
      resolve = settle;
    });
    answer = promise;
    const finish = (reason: string | undefined): void => {
      if (answer !== promise) return;
      answer = undefined;
      clearTimeout(timer);
      latest = applyThresholds(resultOf(started, reason));
      if (!isClosed) options.onResult(latest, { isExecution: true });
      resolve(latest);
    };
    const giveUpThis = (reason: string): void => {
      finish(reason);
      if (execution === started) started.controller.abort(new Error(reason));
    };
    giveUp = giveUpThis;
    const timer = setTimeout(() => {
      // One turn later: if the event loop was blocked, an answer that came in time has not been read yet.
      setImmediate(() => giveUpThis(`timed out after ${timeoutMs} ms`));
    }, timeoutMs).unref();
    failureOf(options.check, started.controller.signal).then((reason) => {
      execution = undefined;
      finish(reason);
    });
    return promise;
  }

  function resultOf({ startedMs }: Execution, reason: string | undefined): CheckResult {
    const durationMs = performance.now() - startedMs;
    const result = { name, critical, durationMs, checkedAtMs: now() };
    if (reason === undefined) return { ...result, status: 'pass' };
    return { ...result, status: critical ? 'fail' : 'warn', reason };
  }

  /** Counts as one more failure each time that the check would have run again. */
  function stillRunning(unsettled: Execution): CheckResult {
    const reason = `still running since ${new Date(unsettled.startedAtMs).toISOString()}`;
    if (latest === undefined || !isFresh()) {
      latest = applyThresholds(resultOf(unsettled, reason));
      options.onResult(latest, { isExecution: false });
    }
    return latest.status === 'pass' ? latest : { ...latest, reason };
  }

  function isFresh(): boolean {
    if (latest === undefined) return false;
    const ageMs = now() - latest.checkedAtMs;
    // A clock that was set back must not keep a result for ever.
    return ageMs >= 0 && ageMs < freshMs;
  }

  const timer = everyMs === undefined ? undefined : setInterval(runByItself, everyMs).unref();

  return {
    name,
    critical,
    groups,
    run,
    latest: () => latest,
    close: () => {
      clearInterval(timer);
      isClosed = true;
      giveUp('no longer registered');
    },
  };
}

/** Why the check does not pass. Never rejects. */
async function failureOf(check: HealthCheck, signal: AbortSignal): Promise<string | undefined> {
  try {
    // A query of the check belongs to no request, least of all to the first probe.
    const outcome = await runOutsideContext(() => check({ signal }));
    return outcome === false ? 'returned false' : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
