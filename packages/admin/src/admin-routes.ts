/** The routes of the admin port: probes without reasons, and the metrics. */
import type { IncomingMessage } from 'node:http';
import type { Health, Probe } from '@porthole/health';
import type { Metrics } from '@porthole/metrics';
import { type Answer, textAnswer } from './answer.js';
import { answerProbe } from './answer-probe.js';
import { parseProbeQuery, splitTarget } from './probe-query.js';
import { shareExposition } from './shared-exposition.js';

/** The data of the routes. */
export interface AdminSources {
  readonly health: Pick<Health, 'evaluate'>;
  readonly metrics: Pick<Metrics, 'contentType' | 'exposition'>;
}

/** The data of the routes, with the metrics shared between callers. */
export interface ServedSources extends Pick<AdminSources, 'health'> {
  /** The metrics as an answer. */
  readonly metrics: () => Promise<Answer>;
}

/** One for each server: the memory of all its callers has one bound. */
export function servedSources({ health, metrics }: AdminSources): ServedSources {
  const take = shareExposition(() => metrics.exposition());
  return {
    health,
    metrics: async () => {
      const { text, release } = await take();
      return { status: 200, body: text, contentType: metrics.contentType, release };
    },
  };
}

/** `healthz` is the older name of readiness, for probes that know no other. */
const PROBES: Readonly<Record<string, Probe>> = {
  livez: 'live',
  readyz: 'ready',
  startupz: 'startup',
  healthz: 'ready',
};

const PROBE_PATH = /^\/(livez|readyz|startupz|healthz)(?:\/([^/]+))?$/;

/** Answers a GET of the request's target. */
export async function answerAdmin({ health, metrics }: ServedSources, request: IncomingMessage): Promise<Answer> {
  const [path, query] = splitTarget(request.url ?? '/');
  if (path === '/metrics') return metrics();
  const [, name, only] = PROBE_PATH.exec(path) ?? [];
  if (name === undefined)
    return textAnswer(404, 'not found: here are /livez, /readyz, /startupz, /healthz and /metrics');
  const { verbose, exclude } = parseProbeQuery(query);
  const result = await health.evaluate(PROBES[name] as Probe, { exclude, ...(only === undefined ? {} : { only }) });
  if (only !== undefined && result.checks.length === 0) return textAnswer(404, 'not found: no such check or group');
  return answerProbe(request, result, { reasons: false, verbose });
}
