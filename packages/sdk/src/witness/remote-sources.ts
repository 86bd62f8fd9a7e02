/** What the admin port reads, asked of the thread that has it; where that thread is blocked, what there is to say without it. */
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
  /** Takes in what the service has answered. */
  reply(reply: Reply & { readonly kind: 'reply' }): void;
}

/** Longer than a loop that is merely busy, and short enough that the kubelet's default of 1 s is kept. */
const SILENT_MS = 500;
/** Live until then, as the probe has it (`--blocked-for`). */
const DEAD_MS = 10_000;
const LOOK_INTERVAL_MS = 50;
/** A scraper goes on waiting (ten seconds are Prometheus' own default), and is refused then: half of the metrics would look like the whole. */
const MAX_WAIT_MS = 9000;

export function createRemoteSources({ ask, blockedMs, contentType }: RemoteSourcesOptions): RemoteSources {
  const waiting = new Map<number, (value: ProbeResult | string) => void>();
  let lastId = 0;

  /** The service's answer, or that of `instead` as soon as it has one; rejects where there is neither in time. */
  function answer<T extends ProbeResult | string>(
    question: (id: number) => Question,
    instead: () => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      const startMs = performance.now();
      const end = (): void => {
        clearInterval(timer);
        waiting.delete(id);
      };
      const settle = (value: ProbeResult | string): void => {
        end();
        resolve(value as T);
      };
      const timer = setInterval(() => {
        const value = instead();
        if (value !== undefined) settle(value);
        else if (performance.now() - startMs > MAX_WAIT_MS) {
          end();
          reject(new Error('the service gives no answer'));
        }
      }, LOOK_INTERVAL_MS);
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
            () => (blockedMs() < SILENT_MS ? undefined : resultOfBlocked(probe, blockedMs())),
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
    reply: ({ id, value }) => waiting.get(id)?.(value),
  };
}

/** It lives, if it has not been blocked for too long; it takes no traffic. */
function resultOfBlocked(probe: Probe, blockedMs: number): ProbeResult {
  const passed = probe === 'live' && blockedMs <= DEAD_MS;
  const reason = `blocked for ${(blockedMs / 1000).toFixed(1)} s`;
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
