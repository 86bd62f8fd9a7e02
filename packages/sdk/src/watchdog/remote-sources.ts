/** The data of the admin port, from the thread that has it. If that thread is blocked, the data without it. */
import { inSeconds } from '@porthole/core/internal';
import type { CheckResult, Health, Probe, ProbeResult } from '@porthole/health';
import type { Metrics } from '@porthole/metrics';
import type { Question, Reply } from './messages.js';

export interface RemoteSourcesOptions {
  ask(question: Question): void;
  /** For how long the event loop of the service has not turned. */
  blockedMs(): number;
  /** Of the exposition. */
  readonly contentType: string;
}

export interface RemoteSources {
  readonly sources: {
    readonly health: Pick<Health, 'evaluate'>;
    readonly metrics: Pick<Metrics, 'contentType' | 'exposition'>;
  };
  /** Takes the answer of the service. */
  reply(reply: Exclude<Reply, { readonly kind: 'close' }>): void;
  /** Waits for no answer any longer. */
  close(): void;
}

/**
 * The service has this long to answer by itself; together with the look it is well within the kubelet's default of 1 s.
 */
const PATIENCE_MS = 400;
/** A loop that turns counts every 200 ms: two beats are missing. */
const SILENT_MS = 500;
/** Live until then, as the probe has it (`--blocked-for`). */
const DEAD_MS = 10_000;
const LOOK_INTERVAL_MS = 50;
/**
 * A scraper goes on waiting (ten seconds are Prometheus' own default), and is refused then: half of the metrics would
 * look like the whole.
 */
const MAX_WAIT_MS = 9000;

export function createRemoteSources({ ask, blockedMs, contentType }: RemoteSourcesOptions): RemoteSources {
  const waiting = new Map<number, (value: ProbeResult | string | undefined) => void>();
  let lastId = 0;

  /** The service's answer, or that of `instead` as soon as it has one; rejects if neither comes in time. */
  function answer<T extends ProbeResult | string>(
    question: (id: number) => Question,
    instead: (waitedMs: number) => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      const startMs = performance.now();
      const settle = (value: ProbeResult | string | undefined): void => {
        clearInterval(timer);
        waiting.delete(id);
        if (value === undefined) reject(new Error('the service gives no answer'));
        else resolve(value as T);
      };
      const timer = setInterval(() => {
        const waitedMs = performance.now() - startMs;
        const value = instead(waitedMs);
        if (value !== undefined || waitedMs > MAX_WAIT_MS) settle(value);
      }, LOOK_INTERVAL_MS);
      timer.unref();
      waiting.set(id, settle);
      ask(question(id));
    });
  }

  return {
    sources: {
      health: {
        evaluate: (probe, options = {}) =>
          answer<ProbeResult>(
            (id) => ({ kind: 'evaluate', id, probe, options }),
            (waitedMs) =>
              waitedMs > PATIENCE_MS && blockedMs() > SILENT_MS ? resultOfBlocked(probe, blockedMs()) : undefined,
          ),
      },
      metrics: {
        contentType,
        exposition: () =>
          answer<string>(
            (id) => ({ kind: 'exposition', id }),
            () => undefined,
          ),
      },
    },
    reply: (reply) => waiting.get(reply.id)?.(reply.kind === 'reply' ? reply.value : undefined),
    close: () => {
      for (const settle of waiting.values()) settle(undefined);
    },
  };
}

/** It lives, if it has not been blocked for too long; it takes no traffic. */
function resultOfBlocked(probe: Probe, blockedMs: number): ProbeResult {
  const passed = probe === 'live' && blockedMs <= DEAD_MS;
  const reason = `blocked for ${inSeconds(blockedMs)}`;
  const check: CheckResult = {
    name: 'event-loop',
    status: passed ? 'pass' : 'fail',
    critical: true,
    durationMs: 0,
    checkedAtMs: Date.now(),
    ...(passed ? { pending: reason } : { reason }),
  };
  return { probe, passed, checks: [check], unknownExclusions: [] };
}
