/** The routes of the control socket, under `/v1/`: text for people, JSON for programs, by the caller's `Accept`. */
import type { IncomingMessage } from 'node:http';
import { LOG_THRESHOLDS, type Log, VERSION } from '@porthole/core/internal';
import { type Diagnostics, renderStatus } from '@porthole/diagnostics';
import type { Probe } from '@porthole/health';
import type { AdminSources, ServedSources } from './admin-routes.js';
import { type Answer, jsonAnswer, refuse, textAnswer, wantsJson } from './answer.js';
import { answerProbe, probeTypeFor } from './answer-probe.js';
import { parseProbeQuery, splitTarget } from './probe-query.js';

/** The data that the routes read and change. */
export interface ControlSources extends AdminSources {
  readonly diagnostics: Pick<Diagnostics, 'status'>;
  /** The logger whose level is shown and set. */
  readonly logger: { level: string };
}

/** The data for the answer to a request. */
export interface ControlContext extends Omit<ControlSources, keyof AdminSources>, ServedSources {
  readonly log: Log;
}

interface Route {
  /** GET stands for HEAD too. */
  readonly methods: readonly string[];
  answer(context: ControlContext, request: IncomingMessage, query: string): Answer | Promise<Answer>;
}

const LEVELS: readonly string[] = LOG_THRESHOLDS;
const READ: readonly string[] = ['GET', 'HEAD'];

const ROUTES: Readonly<Record<string, Route>> = {
  '/v1/status': { methods: READ, answer: answerStatus },
  '/v1/health/live': { methods: READ, answer: probeRoute('live') },
  '/v1/health/ready': { methods: READ, answer: probeRoute('ready') },
  '/v1/health/startup': { methods: READ, answer: probeRoute('startup') },
  '/v1/metrics': { methods: READ, answer: answerMetrics },
  '/v1/log-level': { methods: [...READ, 'PUT'], answer: answerLogLevel },
  '/v1/version': { methods: READ, answer: answerVersion },
};

/** Answers a request whose caller has been let in. */
export async function answerControl(context: ControlContext, request: IncomingMessage): Promise<Answer> {
  const [path, query] = splitTarget(request.url ?? '/');
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined) return refuse(404, `not found: here are ${Object.keys(ROUTES).join(', ')}`);
  if (!route.methods.includes(request.method ?? '')) {
    const allow = route.methods.join(', ');
    return refuse(405, `refused: ${allow} only`, { allow });
  }
  return route.answer(context, request, query);
}

/** One line for each command, so the log has each look and each change. */
function audit({ log }: ControlContext, command: string): void {
  log.info({ command }, `control: ${command}`);
}

function answerStatus(context: ControlContext, request: IncomingMessage): Answer {
  audit(context, 'status');
  const status = context.diagnostics.status();
  return wantsJson(request) ? jsonAnswer(200, status) : textAnswer(200, renderStatus(status));
}

/** Probes come every few seconds: they leave no audit line. */
function probeRoute(probe: Probe): Route['answer'] {
  return async ({ health }, request, query) => {
    const { verbose, exclude } = parseProbeQuery(query);
    const result = await health.evaluate(probe, { exclude });
    if (probeTypeFor(request) === 'application/json') return jsonAnswer(result.passed ? 200 : 503, result);
    return answerProbe(request, result, { reasons: true, verbose });
  };
}

function answerMetrics(context: ControlContext): Promise<Answer> {
  audit(context, 'metrics');
  return context.metrics();
}

function answerVersion(context: ControlContext, request: IncomingMessage): Answer {
  audit(context, 'version');
  const { service, version, nodeVersion } = context.diagnostics.status();
  if (wantsJson(request)) return jsonAnswer(200, { service, version, porthole: VERSION, node: nodeVersion });
  const name = version === '' ? service : `${service} ${version}`;
  return textAnswer(200, `${name}, Porthole ${VERSION}, Node.js ${nodeVersion}`);
}

async function answerLogLevel(context: ControlContext, request: IncomingMessage): Promise<Answer> {
  const { logger } = context;
  const from = logger.level;
  if (request.method !== 'PUT') {
    audit(context, 'log-level');
    return wantsJson(request) ? jsonAnswer(200, { level: from }) : textAnswer(200, from);
  }
  const to = (await readBody(request))?.trim().toLowerCase();
  if (to === undefined || !LEVELS.includes(to)) {
    return refuse(400, `refused: the level is one of ${LEVELS.join(', ')}`);
  }
  // Written under the more talkative of the two levels: a line that explains the log's silence or its end is worth it.
  const isQuieter = LEVELS.indexOf(to) > LEVELS.indexOf(from);
  if (isQuieter) audit(context, `log-level ${to}`);
  logger.level = to;
  if (!isQuieter) audit(context, `log-level ${to}`);
  return wantsJson(request) ? jsonAnswer(200, { from, to }) : textAnswer(200, `${from} -> ${to}`);
}

const MAX_BODY_BYTES = 64;

/** A short body as text, or `undefined` if it is longer than all values that are accepted here. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let body = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    body += chunk.toString('latin1');
    if (body.length > MAX_BODY_BYTES) return undefined;
  }
  return body;
}
