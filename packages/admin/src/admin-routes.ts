/** What the admin port answers: probes without reasons, and the metrics. */
import { type Health, type Probe, renderVerbose } from '@porthole/health';
import type { Metrics } from '@porthole/metrics';
import { type Answer, textAnswer } from './answer.js';
import { parseProbeQuery, splitTarget } from './probe-query.js';

/** What the routes read. */
export interface AdminSources {
  readonly health: Pick<Health, 'evaluate'>;
  readonly metrics: Pick<Metrics, 'contentType' | 'exposition'>;
}

/** `healthz` is the older name of readiness, for probes that know no other. */
const PROBES: Readonly<Record<string, Probe>> = {
  livez: 'live',
  readyz: 'ready',
  startupz: 'startup',
  healthz: 'ready',
};

const PROBE_PATH = /^\/(livez|readyz|startupz|healthz)(?:\/([^/]+))?$/;

/** Answers a GET of `target`, a path with its query. */
export async function answerAdmin({ health, metrics }: AdminSources, target: string): Promise<Answer> {
  const [path, query] = splitTarget(target);
  if (path === '/metrics') {
    return { status: 200, body: await metrics.exposition(), contentType: metrics.contentType };
  }
  const [, name, check] = PROBE_PATH.exec(path) ?? [];
  if (name === undefined)
    return textAnswer(404, 'not found: here are /livez, /readyz, /startupz, /healthz and /metrics');
  return answerProbe(health, PROBES[name] as Probe, check, query);
}

async function answerProbe(
  health: AdminSources['health'],
  probe: Probe,
  check: string | undefined,
  query: string,
): Promise<Answer> {
  const { verbose, exclude } = parseProbeQuery(query);
  const result = await health.evaluate(probe, { exclude, ...(check === undefined ? {} : { only: check }) });
  if (check !== undefined && result.checks.length === 0) return textAnswer(404, 'not found: no such check');
  // As in Kubernetes, a failure is always told check by check: that is what a person looks at next.
  if (result.passed && !verbose) return textAnswer(200, 'ok');
  return textAnswer(result.passed ? 200 : 503, renderVerbose(result, { reasons: false }));
}
